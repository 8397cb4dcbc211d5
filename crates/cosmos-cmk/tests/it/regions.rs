//! What a subscription may do in a region.

use crate::support::{SUBSCRIPTION, VERSION, client_at, json, request, server};
use cosmos_cmk::{BackupStorageRedundancy, DatabaseAccountsApi as _, Kind};

const EAST: &str = r#"{
    "name": "East US 2", "type": "Microsoft.DocumentDB/locations",
    "id": "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.DocumentDB/locations/eastus2/",
    "properties": {
        "supportsAvailabilityZone": true, "isResidencyRestricted": false, "status": "Online",
        "backupStorageRedundancies": ["Geo", "Zone", "Local", "GeoZone"],
        "isSubscriptionRegionAccessAllowedForRegular": true, "isSubscriptionRegionAccessAllowedForAz": false
    }
}"#;

fn path(end: &str) -> String {
    format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.DocumentDB/locations{end}")
}

#[tokio::test]
async fn a_region_is_asked_for_by_its_programmatic_name() {
    let server = server(
        request("GET", &path("/eastus2"), VERSION),
        json(200, EAST),
        1,
    )
    .await;
    let region = client_at(&server)
        .get_region_access(SUBSCRIPTION.parse().unwrap(), &"East US 2".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(region.name, "East US 2");
    assert_eq!(region.status.as_deref(), Some("Online"));
    assert_eq!(region.regular_access, Some(true));
    assert_eq!(region.zone_redundant_access, Some(false));
    assert_eq!(region.supports_availability_zone, Some(true));
    assert_eq!(region.residency_restricted, Some(false));
    assert_eq!(
        region.backup_storage_redundancies,
        [
            BackupStorageRedundancy::Geo,
            BackupStorageRedundancy::Zone,
            BackupStorageRedundancy::Local,
            BackupStorageRedundancy::Unknown("GeoZone".into()),
        ]
    );
}

#[tokio::test]
async fn a_region_that_cannot_be_read_costs_only_itself() {
    let body =
        format!(r#"{{ "value": [ {{ "properties": {{}} }}, {EAST}, {{ "name": "Moon" }} ] }}"#);
    let server = server(request("GET", &path(""), VERSION), json(200, &body), 1).await;
    let regions = client_at(&server)
        .list_regions(SUBSCRIPTION.parse().unwrap())
        .await
        .unwrap();
    let names: Vec<_> = regions.iter().map(|region| region.name.as_str()).collect();
    assert_eq!(names, ["East US 2", "Moon"]);
    assert_eq!(regions[1].regular_access, None);
}

#[tokio::test]
async fn a_region_without_cosmos_db_is_not_found() {
    let body = r#"{"code":"NotFound","message":"Location moon not found."}"#;
    let server = server(request("GET", &path("/moon"), VERSION), json(404, body), 1).await;
    let error = client_at(&server)
        .get_region_access(SUBSCRIPTION.parse().unwrap(), &"moon".parse().unwrap())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::NotFound);
}
