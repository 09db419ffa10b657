//! OpenID Connect Core §8.1, OpenID Connect Dynamic Client Registration 1.0 §5: the sector that the client's
//! subjects belong to.

use super::Judge;
use super::faults::Faults;
use crate::record::Client;
use crate::subject;

pub(super) fn rule(judge: &Judge<'_>, client: &mut Client, faults: &mut Faults) {
    let member = "sector_identifier_uri";
    if let Some(uri) = &client.sector_identifier_uri {
        if uri.starts_with("http:") {
            let what = format!("{uri} must be an absolute https address");
            faults.wrong(member, what, "write https://HOST/PATH");
        }
        return;
    }
    if let Err(why) = subject::fits(judge.subject_type, client) {
        faults.wrong(
            member,
            why,
            "write it, or \"public\" as `subject_type` (OpenID Connect Core section 8.1)",
        );
    }
}
