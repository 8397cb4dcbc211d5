//! What is wrong with a fault plan that a person wrote: a fault that no request can meet.

use super::{Fault, FaultPlan, is_within};
use crate::SimCloud;

/// The methods that services of Azure know.
const METHODS: [&str; 7] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

impl FaultPlan {
    /// Why some fault of the plan can never happen in a cloud, or why the plan is none. [`Sim::inject`](crate::Sim::inject)
    /// takes it all the same.
    ///
    /// # Errors
    ///
    /// The fault, counted from 1, and what is wrong with it.
    pub fn check(&self, cloud: SimCloud) -> Result<(), String> {
        if self.faults.is_empty() {
            return Err("there is no fault in it".to_owned());
        }
        for (index, fault) in self.faults.iter().enumerate() {
            check(fault, cloud)
                .map_err(|problem| format!("fault {} never happens: {problem}", index + 1))?;
        }
        Ok(())
    }
}

fn check(fault: &Fault, cloud: SimCloud) -> Result<(), String> {
    let Fault {
        host,
        method,
        path_contains,
        count,
        probability,
        ..
    } = fault;
    if *count == 0 {
        return Err("its count is 0".to_owned());
    }
    // Not a number is refused, too.
    if !(*probability > 0.0 && *probability <= 1.0) {
        return Err(format!(
            "a probability is above 0 and at most 1, got {probability}"
        ));
    }
    let mut methods = METHODS.iter();
    if !method.is_empty() && !methods.any(|own| own.eq_ignore_ascii_case(method)) {
        return Err(format!("no request has the method {method:?}"));
    }
    let lower = host.to_lowercase();
    let reached =
        cloud.service(&lower).is_some() || cloud.domains().any(|domain| is_within(domain, &lower));
    if !reached {
        return Err(format!(
            "{host:?} is no host of this cloud, nor a domain above one"
        ));
    }
    if path_contains.contains(['?', '#', ' ']) {
        return Err(format!(
            "{path_contains:?} is in no host and path, which have no query and no space"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::{Effect, Fault, FaultPlan, SimCloud};

    fn told(fault: Fault, cloud: SimCloud) -> Option<String> {
        FaultPlan::from(fault).check(cloud).err()
    }

    fn on_host(host: &str) -> Fault {
        Fault {
            host: host.to_owned(),
            ..Fault::new(Effect::Silence)
        }
    }

    #[test]
    fn what_can_never_happen_is_refused_with_its_reason() {
        let any = || Fault::new(Effect::Silence);
        for (fault, reason) in [
            (
                Fault {
                    probability: 7.0,
                    ..any()
                },
                "at most 1, got 7",
            ),
            (
                Fault {
                    probability: 0.0,
                    ..any()
                },
                "above 0",
            ),
            (
                Fault {
                    probability: f64::NAN,
                    ..any()
                },
                "got NaN",
            ),
            (Fault { count: 0, ..any() }, "count is 0"),
            (
                Fault {
                    method: "GETT".to_owned(),
                    ..any()
                },
                "method \"GETT\"",
            ),
            (
                Fault {
                    path_contains: "/vaults?api-version".to_owned(),
                    ..any()
                },
                "no query",
            ),
            (on_host("nosuch.example"), "\"nosuch.example\" is no host"),
            (on_host("https://graph.microsoft.com"), "is no host"),
            (on_host("aph.microsoft.com"), "is no host"),
        ] {
            let told = told(fault, SimCloud::Public).unwrap();
            assert!(told.starts_with("fault 1 never happens: "), "{told}");
            assert!(told.contains(reason), "{told}");
        }
        let second = FaultPlan {
            seed: 0,
            faults: vec![any(), on_host("nosuch.example")],
        };
        let told = second.check(SimCloud::Public).unwrap_err();
        assert!(told.starts_with("fault 2 "), "{told}");
        let none = FaultPlan::default().check(SimCloud::Public);
        assert_eq!(none, Err("there is no fault in it".to_owned()));
    }

    #[test]
    fn a_host_is_one_of_the_cloud_or_above_one() {
        for (host, public, china) in [
            ("", true, true),
            ("graph.microsoft.com", true, false),
            ("microsoftgraph.chinacloudapi.cn", false, true),
            ("westeurope.management.azure.com", true, false),
            ("vault.azure.net", true, false),
            ("Mine.Vault.azure.net", true, false),
            ("a.b.vault.azure.net", false, false),
            ("azure.net", true, false),
            ("documents.azure.cn", false, true),
            ("login.microsoftonline.us", true, true),
            ("169.254.169.254", true, true),
            ("127.0.0.1", true, true),
        ] {
            for (cloud, reached) in [(SimCloud::Public, public), (SimCloud::China, china)] {
                let told = told(on_host(host), cloud);
                assert_eq!(told.is_none(), reached, "{host} in {cloud:?}: {told:?}");
            }
        }
    }
}
