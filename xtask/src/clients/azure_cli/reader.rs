//! What a principal is refused that has the role Reader and no rights in the directory.

use super::{AzureCli, walkthrough::NEW_VAULT};
use crate::{
    Outcome,
    clients::stage::Who::{Customer, Reader},
};

impl AzureCli<'_> {
    /// Reads what is there; makes nothing.
    pub(in crate::clients) fn reader(&mut self) -> Outcome {
        self.sign_in_as(Reader, "reader signs in")?;
        let show = "keyvault show -g keys -n contoso-keys";
        self.tell("vault, read by a reader", Reader, "name", show, &[])?;
        let group = "group create -l westeurope -n other";
        self.refused("group by a reader", Reader, group, &[])?;
        self.refused("vault by a reader", Reader, NEW_VAULT, &["contoso-other"])?;
        let reader = self.stage.of(Reader).client_id.clone();
        let reader = self.principal(&reader)?;
        self.refused(
            "role assignment by a reader",
            Reader,
            // By the role's id: its name and the assignee would be looked up in the directory.
            "role assignment create --role 14b46e9e-c2b7-41b4-b07b-48a6ebf60603 --assignee-principal-type ServicePrincipal --scope {} --assignee-object-id {}",
            &[&self.vault_id(), &reader],
        )?;
        // Other commands for the directory keep the code to themselves, and say the message alone.
        let post = "rest --method post --url https://graph.microsoft.com/v1.0/{} --body {}";
        for (operation, kind, body) in [
            (
                "application by a reader",
                "applications",
                r#"{"displayName":"other"}"#.to_owned(),
            ),
            (
                "service principal by a reader",
                "servicePrincipals",
                format!(r#"{{"appId":"{}"}}"#, self.application()?),
            ),
        ] {
            self.refused(operation, Reader, post, &[kind, &body])?;
        }
        let list = "rest --url https://graph.microsoft.com/v1.0/applications";
        self.refused("applications, read by a reader", Reader, list, &[])?;
        // The same is the customer's to do.
        let list = format!("{list}?$filter=displayName%20eq%20'nothing'");
        self.tell(
            "applications, read by the customer",
            Customer,
            "length(value)",
            &list,
            &[],
        )?;
        Ok(())
    }
}
