//! Sign-in without a secret: as a machine by its managed identity, and as the application by that identity's token.

use super::AzureCli;
use crate::{
    Outcome,
    clients::{
        expected::{Line, Said},
        ours::identity_of,
        stage::Who::{self, Machine, Workload},
    },
};

const TOKEN: &str = "account get-access-token --resource {}";
const FOR_ARM: &str = "https://management.azure.com";
const FOR_EXCHANGE: &str = "api://AzureADTokenExchange";

impl AzureCli<'_> {
    /// Says whose tokens the Azure CLI gets, and signs the application in at the customer's.
    pub(in crate::clients) fn without_secrets(&mut self) -> Outcome {
        let (client, id) = (self.identity_text("clientId")?, self.identity_text("id")?);
        for (operation, way, value) in [
            (
                "token by managed identity, metadata address",
                "--client-id",
                &client,
            ),
            (
                "token by managed identity, by resource id",
                "--resource-id",
                &id,
            ),
        ] {
            let login = format!("login --identity --allow-no-subscriptions {way} {{}}");
            self.must(Machine, &login, &[value])?;
            self.token(operation, Machine)?;
        }
        let assertion: String = self.ask(Machine, "accessToken", TOKEN, &[FOR_EXCHANGE])?;
        let app = self.application()?;
        let tenant = self.stage.customer.tenant_id.clone();
        self.must(
            Workload,
            "login --service-principal --allow-no-subscriptions --tenant {} --username {} --federated-token {}",
            &[&tenant, &app, &assertion],
        )?;
        self.token("token by assertion", Workload)
    }

    fn token(&mut self, operation: &str, who: Who) -> Outcome {
        let token: String = self.ask(who, "accessToken", TOKEN, &[FOR_ARM])?;
        self.lines.push(Line {
            op: operation.to_owned(),
            said: Said::Is(identity_of(&token)?),
        });
        Ok(())
    }
}
