//! A check: one promise of a specification, tried from outside.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use serde::Serialize;

use crate::{
    AuthorizationRequest, AuthorizationResponse, Browser, Error, Finding, Person, RelyingParty, Tokens, Wire,
};

/// The future of a running check.
pub type Running<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;

/// One promise of a specification and how to try it.
#[derive(Clone, Copy)]
pub struct Check {
    /// Its name, for people and for selecting it.
    pub id: &'static str,
    /// Where the promise is made.
    pub spec: &'static str,
    /// Tries it with a fresh browser; an error tells what was broken.
    pub run: for<'a> fn(&'a Subject, &'a Browser) -> Running<'a>,
}

/// What is checked: a provider as seen by one of its clients and one of its people.
#[derive(Clone)]
pub struct Subject {
    /// The client, registered for the code flow.
    pub rp: RelyingParty,
    /// Who signs in.
    pub person: Person,
}

impl Subject {
    /// The wire it is reached by.
    pub fn wire(&self) -> &Wire {
        self.rp.wire()
    }

    /// Goes through sign-in and consent to the authorization response.
    pub async fn sign_in(
        &self,
        browser: &Browser,
        request: &AuthorizationRequest,
    ) -> Result<AuthorizationResponse, Error> {
        let landed = self.rp.authorize(browser, request).await?;
        let landed = self.person.walk(landed).await?;
        self.rp.response(request, &landed).await
    }

    /// The whole code flow up to the tokens.
    pub async fn tokens(&self, browser: &Browser, request: &AuthorizationRequest) -> Result<Tokens, Error> {
        let code = self.sign_in(browser, request).await?.code()?;
        self.rp.redeem(&code).await?.token_set()
    }
}

/// How a check ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", content = "why", rename_all = "lowercase")]
pub enum Outcome {
    /// The promise was kept.
    Passed,
    /// The promise was broken, in these words.
    Failed(String),
}

/// One line of the result table.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The check's name.
    pub id: &'static str,
    /// Where the promise is made.
    pub spec: &'static str,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// What was wrong with the pages on the way.
    pub findings: Vec<Finding>,
}

/// The results of a plan; prints as a table.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The plan's name.
    pub plan: &'static str,
    /// The provider.
    pub issuer: String,
    /// One line per check, in the plan's order.
    pub rows: Vec<Row>,
}

impl Report {
    /// Whether every check passed without a finding.
    pub fn clean(&self) -> bool {
        self.rows.iter().all(|row| row.outcome == Outcome::Passed && row.findings.is_empty())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} of {}", self.plan, self.issuer)?;
        let width = self.rows.iter().map(|row| row.id.len()).max().unwrap_or_default();
        for row in &self.rows {
            match &row.outcome {
                Outcome::Passed => writeln!(f, "  passed  {:width$}  {}", row.id, row.spec)?,
                Outcome::Failed(why) => {
                    writeln!(f, "  FAILED  {:width$}  {}\n          {why}", row.id, row.spec)?
                }
            }
            row.findings.iter().try_for_each(|finding| writeln!(f, "          found {finding}"))?;
        }
        let passed = self.rows.iter().filter(|row| row.outcome == Outcome::Passed).count();
        let findings: usize = self.rows.iter().map(|row| row.findings.len()).sum();
        write!(f, "{passed} of {} passed, {findings} findings", self.rows.len())
    }
}
