//! A map whose entries have their time, so that a simulator that is served for long holds no more than what still counts.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// So many entries are never looked through.
const FEW: usize = 64;

/// Drops what has had its time whenever it has doubled, so that each insertion costs little.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Fading<K: Ord, V> {
    entries: BTreeMap<K, V>,
    /// How many were left last time.
    #[serde(skip)]
    left: usize,
}

impl<K: Ord, V> Default for Fading<K, V> {
    fn default() -> Self {
        Self {
            entries: BTreeMap::new(),
            left: 0,
        }
    }
}

impl<K: Ord, V> Fading<K, V> {
    pub(crate) fn insert(&mut self, key: K, value: V, is_over: impl Fn(&V) -> bool) {
        if self.entries.len() >= FEW + 2 * self.left {
            self.entries.retain(|_, value| !is_over(value));
            self.left = self.entries.len();
        }
        self.entries.insert(key, value);
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key)
    }

    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.entries.get_mut(key)
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}

#[cfg(test)]
mod tests {
    use super::Fading;

    #[test]
    fn only_what_counts_and_a_few_are_held() {
        let mut map = Fading::default();
        for number in 0..100_000_u32 {
            let is_over = |value: &u32| value + 1000 < number;
            map.insert(number, number, is_over);
            assert!(map.len() <= 64 + 2 * 1002, "{number}");
            assert_eq!(
                map.get(&number.saturating_sub(1000)),
                Some(&number.saturating_sub(1000))
            );
        }
        assert_eq!(map.get(&0), None);
    }

    #[test]
    fn it_is_written_as_a_map() {
        let mut map = Fading::default();
        map.insert("a".to_owned(), 1, |_| false);
        let text = serde_json::to_string(&map).unwrap();
        assert_eq!(text, r#"{"a":1}"#);
        let read: Fading<String, i32> = serde_json::from_str(&text).unwrap();
        assert_eq!(read.get(&"a".to_owned()), Some(&1));
    }
}
