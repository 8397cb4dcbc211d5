//! What Azure Policy would do to a resource, asked before it is made.

use crate::{ArmClient, Error, Received, Result, Scope};
use azure_core::http::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// What Azure Policy would do to a resource, as far as it tells.
///
/// A denial is to be believed, silence is not: the maintainers of Azure's developer CLI found that policies of management
/// groups, where denials mostly come from, do [not show](https://github.com/Azure/azure-dev/pull/7179) in it.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct PolicyRestrictions {
    /// The policies that the resource does not comply with as it is.
    pub evaluations: Vec<PolicyEvaluation>,
    /// What policies demand of single fields.
    pub fields: Vec<FieldRestriction>,
    /// The answer as received.
    pub received: Received,
}

/// A policy that a resource does not comply with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PolicyEvaluation {
    /// The policy.
    pub policy: PolicyReference,
    /// The service's word, `NonCompliant` unless the policy could not be evaluated.
    pub result: Option<String>,
    /// The service's word for the policy's effect, such as `Deny`.
    pub effect: Option<String>,
    /// Why, for people.
    pub reason: Option<String>,
}

impl PolicyEvaluation {
    /// Whether the policy would deny the resource as it is. `None` if the service does not say.
    #[must_use]
    pub fn denies(&self) -> Option<bool> {
        let (result, effect) = (self.result.as_deref()?, self.effect.as_deref()?);
        result
            .eq_ignore_ascii_case("NonCompliant")
            .then(|| effect.eq_ignore_ascii_case("Deny"))
    }
}

/// What a policy demands of a field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldRestriction {
    /// The field: a member at the top, such as `location`, or an alias of Azure Policy.
    pub field: String,
    /// The service's word: `Required`, `Removed`, `Deny` or `Audit`.
    pub result: Option<String>,
    /// The values that are required or denied.
    pub values: Vec<String>,
    /// What the policy puts there if the request has nothing.
    pub default_value: Option<String>,
    /// The service's word for the policy's effect, such as `Deny`.
    pub effect: Option<String>,
    /// Why, for people.
    pub reason: Option<String>,
    /// The policy.
    pub policy: PolicyReference,
}

/// The ids of a policy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct PolicyReference {
    /// Its assignment.
    #[serde(rename = "policyAssignmentId")]
    pub assignment_id: Option<String>,
    /// Its definition.
    #[serde(rename = "policyDefinitionId")]
    pub definition_id: Option<String>,
    /// The set of policies that it is part of.
    #[serde(rename = "policySetDefinitionId")]
    pub set_definition_id: Option<String>,
    /// Its name within the set.
    #[serde(rename = "policyDefinitionReferenceId")]
    pub reference_id: Option<String>,
}

/// Options of [`PolicyRestrictionsApi::check_policy_restrictions`].
#[derive(Debug, Clone, Default)]
pub struct CheckPolicyRestrictionsOptions {
    /// The api-version that the resource is written for.
    pub resource_api_version: Option<String>,
    /// Fields that are still open: what policies demand of them is asked too.
    pub pending_fields: Vec<PendingField>,
}

/// A field that is still open.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PendingField {
    /// A member at the top, such as `location` or `tags`, or an alias of Azure Policy.
    pub field: String,
    /// The values that are thought of; none asks after any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
}

/// What Azure Policy would do.
#[async_trait::async_trait]
pub trait PolicyRestrictionsApi: fmt::Debug + Send + Sync {
    /// Asks what Azure Policy would do to a resource that is not made yet.
    ///
    /// One `POST`, which changes nothing. What it does not tell stands at [`PolicyRestrictions`].
    ///
    /// * `scope`: the resource group that the resource would be made in, or the subscription where the group is not known yet
    /// * `resource`: the resource as it would be sent, with its `type`; what is not known yet may be missing
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] for the scope of a resource, unsent; [`Error::NotFound`] if there is no such subscription or
    /// resource group; [`Error::Forbidden`] without `Microsoft.PolicyInsights/checkPolicyRestrictions/read`, which every role
    /// with `*/read` holds; [`Error::Conflict`] where the provider `Microsoft.PolicyInsights` is not registered.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/policyinsights/policy-restrictions/check-at-resource-group-scope)
    async fn check_policy_restrictions(
        &self,
        scope: &Scope,
        resource: &Value,
        options: Option<CheckPolicyRestrictionsOptions>,
    ) -> Result<PolicyRestrictions>;
}

const _: fn(&dyn PolicyRestrictionsApi) = |_| ();

#[async_trait::async_trait]
#[deny(clippy::missing_trait_methods)]
impl PolicyRestrictionsApi for ArmClient {
    async fn check_policy_restrictions(
        &self,
        scope: &Scope,
        resource: &Value,
        options: Option<CheckPolicyRestrictionsOptions>,
    ) -> Result<PolicyRestrictions> {
        let operation = "check_policy_restrictions";
        if matches!(scope, Scope::Resource(_)) {
            return Err(Error::invalid_input(
                operation,
                format!("policies are asked at a resource group or a subscription, not at {scope}"),
            ));
        }
        let options = options.unwrap_or_default();
        let body = Request {
            resource_details: Details {
                resource_content: resource,
                api_version: options.resource_api_version,
            },
            pending_fields: options.pending_fields,
        };
        let answer = self
            .connection
            .request(
                operation,
                Method::Post,
                &format!("{scope}/providers/Microsoft.PolicyInsights/checkPolicyRestrictions"),
            )
            .api_version(&self.options.policy_restrictions_api_version)
            .target(scope.to_string())
            .json(&body)
            .reads()
            .send()
            .await?;
        let (wire, received) = answer.decode::<Wire>()?;
        Ok(wire.read(received))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    resource_details: Details<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pending_fields: Vec<PendingField>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Details<'a> {
    resource_content: &'a Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_version: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    field_restrictions: Option<Vec<Restrictions>>,
    // Needed: an answer without it has evaluated nothing, and must not pass for one without denials.
    content_evaluation_result: Evaluations,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Evaluations {
    policy_evaluations: Vec<Evaluation>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Evaluation {
    policy_info: Option<PolicyReference>,
    evaluation_result: Option<String>,
    evaluation_details: Option<EvaluationDetails>,
    effect_details: Option<EffectDetails>,
}

#[derive(Deserialize)]
struct EvaluationDetails {
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EffectDetails {
    policy_effect: Option<String>,
}

#[derive(Deserialize)]
struct Restrictions {
    field: String,
    restrictions: Vec<Restriction>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Restriction {
    result: Option<String>,
    default_value: Option<String>,
    values: Option<Vec<String>>,
    policy: Option<PolicyReference>,
    policy_effect: Option<String>,
    reason: Option<String>,
}

impl Wire {
    fn read(self, received: Received) -> PolicyRestrictions {
        let evaluations = self.content_evaluation_result.policy_evaluations;
        let fields = self.field_restrictions.unwrap_or_default();
        PolicyRestrictions {
            evaluations: evaluations.into_iter().map(Evaluation::read).collect(),
            fields: fields.into_iter().flat_map(Restrictions::read).collect(),
            received,
        }
    }
}

impl Evaluation {
    fn read(self) -> PolicyEvaluation {
        PolicyEvaluation {
            policy: self.policy_info.unwrap_or_default(),
            result: self.evaluation_result,
            effect: self.effect_details.and_then(|it| it.policy_effect),
            reason: self.evaluation_details.and_then(|it| it.reason),
        }
    }
}

impl Restrictions {
    fn read(self) -> impl Iterator<Item = FieldRestriction> {
        let field = self.field;
        self.restrictions
            .into_iter()
            .map(move |it| FieldRestriction {
                field: field.clone(),
                result: it.result,
                values: it.values.unwrap_or_default(),
                default_value: it.default_value,
                effect: it.policy_effect,
                reason: it.reason,
                policy: it.policy.unwrap_or_default(),
            })
    }
}
