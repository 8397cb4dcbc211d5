//! RSA keys that versions share, for runs with thousands of them.

use super::RsaKey;
use std::{collections::BTreeMap, sync::Arc};

/// Keys that versions share, if they are not to have keys of their own.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    keys: BTreeMap<u32, Vec<RsaKey>>,
    taken: usize,
}

/// How many keys of each size a pool has.
const POOL: usize = 4;

impl Pool {
    /// One of the keys of a size.
    pub(crate) fn key(&mut self, bits: u64) -> Option<RsaKey> {
        let fresh = RsaKey::new(bits)?;
        self.taken += 1;
        let keys = self.keys.entry(fresh.bits).or_default();
        if keys.len() < POOL {
            keys.push(fresh);
        }
        // Shared, and made when first needed.
        let key = keys.get(self.taken % keys.len())?;
        Some(RsaKey {
            bits: key.bits,
            material: Arc::clone(&key.material),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Pool;
    use std::collections::BTreeSet;

    #[test]
    fn a_pool_has_four_keys_of_each_size_however_many_are_asked_for() {
        let mut pool = Pool::default();
        let moduli: BTreeSet<String> = (0..40)
            .map(|_| pool.key(2048).unwrap().modulus().unwrap().to_owned())
            .collect();
        assert_eq!(moduli.len(), 4);
        assert_eq!(pool.key(3072).unwrap().bits(), 3072);
        assert!(pool.key(1024).is_none());
    }
}
