//! What somebody made by hand, and how it is taken over.

use crate::{
    literals::{
        APPLICATION_ID, CLIENT_ID, CREDENTIAL, FABRIKAM, IDENTITY_PRINCIPAL, application,
        credential, not_in_graph,
    },
    provider::{self, BY_ID, BY_NAME, CREDENTIALS, find_identity, page, setup},
    script::{Plan, at_once, in_order},
    server::{self, Wire, graph, whose_subscription},
};
use cross_tenant_cmk::{
    ApplicationChoice, Done, Outcome, PhaseError, ProviderSetup, Reason, StepId, set_up_provider,
};
use serde_json::{Value, json};

const BY_CLIENT_ID: &str = "/v1.0/applications(appId='aaaaaaaa-0000-4000-8000-000000000002')";

/// Phase 1 on the application with our client id, asked to give it the unique name.
async fn adopt(wire: &Wire, plan: Plan) -> Result<Done<ProviderSetup>, PhaseError> {
    let provider = wire.provider();
    let mut spec = provider::spec();
    spec.application = ApplicationChoice::Existing {
        client_id: CLIENT_ID.parse().unwrap(),
        unique_name: Some("fabrikam-cmk".parse().unwrap()),
    };
    let run = set_up_provider(&provider, &spec, server::at_once());
    let plan = in_order![whose_subscription(&FABRIKAM), plan];
    wire.play(plan, run).await
}

/// As the portal makes one: without unique name and without our tag.
fn made_in_the_portal() -> Value {
    let mut application = application();
    application["uniqueName"] = Value::Null;
    application["tags"] = json!([]);
    application
}

#[tokio::test]
async fn an_application_without_unique_name_gets_one_and_nothing_else() {
    let wire = Wire::start().await;
    let plan = in_order![
        at_once![
            in_order![
                graph(&FABRIKAM, "GET", BY_CLIENT_ID).answers(200, made_in_the_portal()),
                // No header that could create another one, and the name alone.
                graph(&FABRIKAM, "PATCH", BY_ID)
                    .sends(json!({ "uniqueName": "fabrikam-cmk" }))
                    .answers_nothing(204),
                graph(&FABRIKAM, "GET", BY_NAME).answers(404, not_in_graph("fabrikam-cmk")),
                graph(&FABRIKAM, "GET", BY_NAME).answers(200, application()),
            ],
            find_identity()
        ],
        graph(&FABRIKAM, "GET", CREDENTIALS).answers(200, page(&[credential()])),
    ];
    let done = adopt(&wire, plan).await.unwrap();
    assert_eq!(
        done.report.outcome(StepId::Application),
        Some(&Outcome::Updated {
            before: String::from("no unique name")
        })
    );
    assert_eq!(done.output, setup());
}

#[tokio::test]
async fn an_application_that_has_the_name_is_adopted_as_it_is() {
    let wire = Wire::start().await;
    let mut theirs = application();
    theirs["tags"] = json!(["of-somebody-else"]);
    let plan = in_order![
        at_once![
            graph(&FABRIKAM, "GET", BY_CLIENT_ID).answers(200, theirs),
            find_identity()
        ],
        graph(&FABRIKAM, "GET", CREDENTIALS).answers(200, page(&[credential()])),
    ];
    let done = adopt(&wire, plan).await.unwrap();
    assert_eq!(
        done.report.outcome(StepId::Application),
        Some(&Outcome::Adopted)
    );
    assert_eq!(done.output, setup());
}

#[tokio::test]
async fn another_unique_name_is_refused_since_it_cannot_be_changed() {
    let wire = Wire::start().await;
    let mut named = application();
    named["uniqueName"] = json!("older-name");
    let plan = at_once![
        graph(&FABRIKAM, "GET", BY_CLIENT_ID).answers(200, named),
        find_identity()
    ];
    let error = adopt(&wire, plan).await.unwrap_err();
    assert_eq!(error.refusal().unwrap().reason(), Reason::OtherUniqueName);
}

#[tokio::test]
async fn a_credential_that_says_the_same_is_adopted_under_its_own_name() {
    let wire = Wire::start().await;
    let mut by_hand = credential();
    by_hand["name"] = json!("by-hand");
    by_hand["description"] = Value::Null;
    let plan = in_order![
        at_once![
            graph(&FABRIKAM, "GET", BY_CLIENT_ID).answers(200, application()),
            find_identity()
        ],
        // It stands on the second page.
        graph(&FABRIKAM, "GET", CREDENTIALS).answers(
            200,
            json!({
                "value": [],
                "@odata.nextLink": format!("https://graph.microsoft.com{CREDENTIALS}?$skiptoken=x"),
            })
        ),
        graph(&FABRIKAM, "GET", format!("{CREDENTIALS}?$skiptoken=x"))
            .answers(200, page(&[by_hand])),
    ];
    let done = adopt(&wire, plan).await.unwrap();
    assert_eq!(
        done.report.outcome(StepId::FederatedCredential),
        Some(&Outcome::Adopted)
    );
    assert_eq!(done.output.federated_credential_name.as_str(), "by-hand");
}

#[tokio::test]
async fn our_credential_of_an_identity_that_was_made_again_gets_the_new_subject() {
    let wire = Wire::start().await;
    let mut old = credential();
    old["subject"] = json!("aaaaaaaa-0000-4000-8000-00000000000f");
    let plan = in_order![
        at_once![
            graph(&FABRIKAM, "GET", BY_CLIENT_ID).answers(200, application()),
            find_identity()
        ],
        graph(&FABRIKAM, "GET", CREDENTIALS).answers(200, page(&[old.clone()])),
        graph(&FABRIKAM, "PATCH", format!("{CREDENTIALS}/{CREDENTIAL}"))
            .sends(json!({
                "issuer": "https://login.microsoftonline.com/aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa/v2.0",
                "subject": IDENTITY_PRINCIPAL,
                "audiences": ["api://AzureADTokenExchange"],
                "description": "cross-tenant-cmk",
            }))
            .answers_nothing(204),
        // Compared as it is read, until it is what was written.
        graph(&FABRIKAM, "GET", CREDENTIALS).answers(200, page(&[old])),
        graph(&FABRIKAM, "GET", CREDENTIALS).answers(200, page(&[credential()])),
    ];
    let done = adopt(&wire, plan).await.unwrap();
    assert_eq!(
        done.report.outcome(StepId::FederatedCredential),
        Some(&Outcome::Updated {
            before: String::from("subject aaaaaaaa-0000-4000-8000-00000000000f")
        })
    );
    assert_eq!(
        done.output.application_object_id.to_string(),
        APPLICATION_ID
    );
}

#[tokio::test]
async fn an_application_that_a_lagging_replica_hides_is_read_until_it_is_seen() {
    let wire = Wire::start().await;
    let gone = || graph(&FABRIKAM, "GET", BY_NAME).answers(404, not_in_graph("fabrikam-cmk"));
    // Made a moment ago by a run that was killed: only the write meets a replica that has it.
    let plan = in_order![
        whose_subscription(&FABRIKAM),
        at_once![
            in_order![
                gone(),
                graph(
                    &FABRIKAM,
                    "GET",
                    "/v1.0/directory/deletedItems/microsoft.graph.application"
                )
                .answers(200, json!({ "value": [] })),
                graph(&FABRIKAM, "PATCH", BY_NAME)
                    .create_if_missing()
                    .sends(json!({
                        "displayName": "Fabrikam data platform",
                        "signInAudience": "AzureADMultipleOrgs",
                        "tags": ["cross-tenant-cmk"],
                    }))
                    .answers_nothing(204),
                gone(),
                gone(),
                graph(&FABRIKAM, "GET", BY_NAME).answers(200, application()),
            ],
            find_identity()
        ],
        graph(&FABRIKAM, "GET", CREDENTIALS).answers(200, page(&[credential()])),
    ];
    let (provider, spec) = (wire.provider(), provider::spec());
    let run = set_up_provider(&provider, &spec, server::at_once());
    let done = wire.play(plan, run).await.unwrap();
    assert_eq!(
        done.report.outcome(StepId::Application),
        Some(&Outcome::Updated {
            before: String::from("there, and not seen a moment before")
        })
    );
    assert_eq!(done.output, setup());
}
