//! Paths of Resource Manager, taken apart. Names are compared without case.

/// A path such as `/subscriptions/{s}/resourceGroups/{g}/providers/{ns}/{type}/{name}`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ArmPath {
    pub(crate) segments: Vec<String>,
    pub(crate) subscription: Option<String>,
    pub(crate) group: Option<String>,
    /// What stands before the last `/providers/`, beginning with a slash; the whole path if there is none.
    pub(crate) scope: String,
    /// What follows the last `/providers/`.
    pub(crate) namespace: Option<String>,
    /// The types after the namespace, each with its name; the last has none in lists and actions.
    pub(crate) types: Vec<(String, Option<String>)>,
}

impl ArmPath {
    pub(crate) fn parse(segments: &[String]) -> Self {
        let is = |index: usize, word: &str| {
            segments
                .get(index)
                .is_some_and(|segment| segment.eq_ignore_ascii_case(word))
        };
        let subscription = is(0, "subscriptions")
            .then(|| segments.get(1).cloned())
            .flatten();
        let group = is(2, "resourceGroups")
            .then(|| segments.get(3).cloned())
            .flatten();
        let providers = segments
            .iter()
            .rposition(|segment| segment.eq_ignore_ascii_case("providers"));
        let scope = segments
            .get(..providers.unwrap_or(segments.len()))
            .unwrap_or_default();
        let namespace = providers.and_then(|at| segments.get(at + 1)).cloned();
        let rest = providers
            .and_then(|at| segments.get(at + 2..))
            .unwrap_or_default();
        let types = rest
            .chunks(2)
            .filter_map(|pair| Some((pair.first()?.clone(), pair.get(1).cloned())))
            .collect();
        Self {
            subscription,
            group,
            scope: format!("/{}", scope.join("/")),
            namespace,
            types,
            segments: segments.to_vec(),
        }
    }

    /// The whole path as sent, without repeated slashes.
    pub(crate) fn id(&self) -> String {
        format!("/{}", self.segments.join("/"))
    }

    /// The segments of the scope.
    pub(crate) fn segments_of_scope(&self) -> Vec<String> {
        let parts = self.scope.split('/').filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect()
    }

    /// Whether the types after the namespace are these, such as `["vaults", "keys"]`.
    pub(crate) fn is_type(&self, types: &[&str]) -> bool {
        self.types.len() == types.len()
            && self
                .types
                .iter()
                .zip(types)
                .all(|((own, _), other)| own.eq_ignore_ascii_case(other))
    }

    /// The name of the type at a place, from 0.
    pub(crate) fn name(&self, index: usize) -> Option<&str> {
        self.types.get(index)?.1.as_deref()
    }

    /// The full type, such as `Microsoft.KeyVault/vaults/keys`.
    pub(crate) fn full_type(&self) -> String {
        let mut text = self.namespace.clone().unwrap_or_default();
        for (name, _) in &self.types {
            text.push('/');
            text.push_str(name);
        }
        text
    }

    /// Subscription, or nothing.
    pub(crate) fn subscription(&self) -> &str {
        self.subscription.as_deref().unwrap_or_default()
    }

    /// Resource group, or nothing.
    pub(crate) fn group(&self) -> &str {
        self.group.as_deref().unwrap_or_default()
    }
}

/// Whether `inner` is `outer` or lies below it; without case. `/` holds everything.
pub(crate) fn is_within(inner: &str, outer: &str) -> bool {
    let (inner, outer) = (inner.to_lowercase(), outer.to_lowercase());
    let outer = outer.trim_end_matches('/');
    inner
        .strip_prefix(outer)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
