//! The kinds of events: a row each. Their names stay, as programs look for them.

use crate::record::Severity;

/// Whether an event is kept, and within which bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Always: an operator causes it, or it is rare, or it is bounded where it begins.
    Always,
    /// Somebody who has shown who they are can cause it as often as they like: those go first where there are
    /// too many events.
    Ordinary,
    /// Anybody can cause it, as often as they like: bounded for each network and in all.
    Bounded,
    /// It happens all the time: only where the configuration says so (`[events] tokens`).
    Routine,
    /// Never: it is in the log only.
    Never,
}

/// How the log says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// As a warning.
    Warn,
    /// As what should be read.
    Info,
    /// As what is read only while something is looked for.
    Debug,
    /// Not at all: the line of the answer says more.
    Off,
}

impl Level {
    /// What the row says, else as much as it matters.
    const fn of(said: &[Self], severity: Severity) -> Self {
        match (said, severity) {
            ([said, ..], _) => *said,
            ([], Severity::Warning) => Self::Warn,
            ([], Severity::Notice | Severity::Info) => Self::Info,
        }
    }
}

/// What a member of an event's detail holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// A text, of bounded length.
    Text,
    /// Ids with spaces between them, as many as there is room for; then how many more there are.
    Ids,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Flag,
}

/// A member of the detail of a kind of events.
#[derive(Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub holds: Holds,
    /// Whether only the log may say it.
    pub log_only: bool,
    /// What that means.
    pub doc: &'static str,
}

/// One kind of events.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its name.
    pub name: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// Whether it is kept.
    pub kept: Kept,
    /// How the log says it.
    pub level: Level,
    /// What has happened.
    pub doc: &'static str,
    /// What the log says; nothing where its name will do.
    words: &'static str,
    /// What its detail can have.
    pub members: &'static [Member],
}

impl Kind {
    /// What the log says.
    pub fn line(&self) -> &'static str {
        if self.words.is_empty() { self.name } else { self.words }
    }

    /// The member of this name.
    pub fn member(&self, name: &str) -> Option<&'static Member> {
        self.members.iter().find(|member| member.name == name)
    }
}

macro_rules! kinds {
    ($(
        $constant:ident $name:literal $severity:ident $kept:ident $($level:ident)? $doc:literal $(=> $words:literal)?
        $($member:ident: $holds:ident $([$log_only:ident])? $meaning:literal)*;
    )*) => {
        $(
            #[doc = $doc]
            pub static $constant: Kind = Kind {
                name: $name,
                severity: Severity::$severity,
                kept: Kept::$kept,
                level: Level::of(&[$(Level::$level)?], Severity::$severity),
                doc: $doc,
                words: concat!($($words)?),
                members: &[$(Member {
                    name: stringify!($member),
                    holds: Holds::$holds,
                    log_only: !matches!(stringify!($($log_only)?).as_bytes(), []),
                    doc: $meaning,
                }),*],
            };
        )*

        /// Every kind.
        pub static KINDS: &[&Kind] = &[$(&$constant),*];
    };
}

kinds! {
    SIGN_IN_SUCCEEDED "sign_in.succeeded" Info Ordinary
        "A user has signed in."
        => "sign-in succeeded"
        method: Text "the sign-in method"
        amr: Text "what it proves (RFC 8176)";
    SIGN_IN_FAILED "sign_in.failed" Notice Bounded
        "A sign-in failed. Without a user where nobody has the name that was typed."
        => "sign-in failed"
        reason: Text "why"
        unknown_name: Text [log_only] "a keyed hash of the name that was typed, if nobody has it";
    SIGN_IN_THROTTLED "sign_in.throttled" Warning Bounded
        "A sign-in was refused because of too many failures."
        => "sign-in throttled"
        throttled: Text "what there was too much of"
        reason: Text "the same in words"
        seconds: Number "how long to wait"
        unknown_name: Text [log_only] "a keyed hash of the name that was typed, if nobody has it";
    SIGN_IN_BUSY "sign_in.busy" Info Bounded
        "A password was not checked because too many others were being checked."
        => "sign-in refused: busy"
        reason: Text "why"
        unknown_name: Text [log_only] "a keyed hash of the name that was typed, if nobody has it";
    SIGN_UP_SUCCEEDED "sign_up.succeeded" Info Always
        "A user has created an account."
        => "sign-up accepted";
    SIGN_UP_REFUSED "sign_up.refused" Info Bounded
        "An account was not created."
        => "sign-up refused"
        reason: Text "why"
        unknown_name: Text [log_only] "a keyed hash of the name that was typed";
    SIGN_UP_THROTTLED "sign_up.throttled" Notice Bounded
        "An account was not created: too many came from this network."
        => "sign-up throttled"
        throttled: Text "what there was too much of"
        seconds: Number "how long to wait";
    SESSION_ENDED "session.ended" Info Ordinary
        "A session has ended."
        => "sign-out succeeded"
        by: Text "`user`, `application` or the operator"
        reason: Text [log_only] "what allowed it: `id_token_hint`, or that the user has confirmed it";
    AUTHORIZATION_GRANTED "authorization.granted" Info Ordinary
        "An application received what it requested for a user."
        => "authorization granted"
        response_type: Text "what it requested"
        scope: Text "what was granted"
        page: Flag "whether the user saw a page";
    AUTHORIZATION_REFUSED "authorization.refused" Info Bounded
        "An authorization request was answered with an error, which the application received."
        => "authorization refused"
        error: Text "the error code"
        reason: Text "its description"
        detail: Text [log_only] "what only the log may say";
    INTERACTION_REQUIRED "authorization.interaction_required" Info Routine
        "A request with `prompt=none` could not be answered without asking the user."
        => "authorization refused"
        error: Text "the error code"
        reason: Text "its description"
        detail: Text [log_only] "what only the log may say";
    AUDIENCE_IGNORED "request.audience_ignored" Info Never
        "A request named an API with `audience`, which is ignored."
        => "parameter audience ignored; send resource (RFC 8707) to get a token for this API"
        resource: Text "the API";
    CONSENT_GIVEN "consent.given" Info Ordinary
        "A user has consented."
        => "consent granted"
        scope: Text "to what";
    CONSENT_REFUSED "consent.refused" Info Bounded
        "A user has denied a request."
        => "consent denied";
    CONSENT_REVOKED "consent.revoked" Notice Always
        "An operator has withdrawn a user's consent to an application, which ended what it had by it."
        => "consent withdrawn"
        by: Text "the operator";
    TOKEN_ISSUED "token.issued" Info Routine
        "The token endpoint issued tokens."
        => "tokens issued"
        grant_type: Text "for what"
        scope: Text "of the access token"
        audience: Text "of the access token";
    TOKEN_REVOKED "token.revoked" Info Ordinary
        "An application has revoked a token of its own."
        => "token revoked";
    TOKEN_INTROSPECTED "token.introspected" Info Routine Debug
        "An application asked about a token."
        => "token introspected"
        active: Flag "what was answered"
        issued_to: Text "whose token it is";
    TOKEN_WITHHELD "token.withheld" Info Routine
        "Introspection answered `active: false` about a valid token of another application."
        => "introspection answered active=false for another client's valid token; allow it with may_introspect, introspected_by \
              or the audience"
        issued_to: Text "whose token it is";
    USERINFO_ANSWERED "userinfo.answered" Info Routine Debug
        "The UserInfo endpoint released claims."
        => "userinfo answered"
        scope: Text "by which scopes";
    CODE_REUSED "code.reused" Warning Always
        "An authorization code was used again: somebody else may have it. Everything issued from it was revoked."
        => "authorization code replayed; all tokens of this authorization are revoked"
        grant_type: Text [log_only] "`authorization_code`";
    REFRESH_TOKEN_REUSED "refresh_token.reused" Warning Always
        "A rotated refresh token was used again: somebody else may have it. Everything issued from its grant was revoked."
        => "refresh token replayed; all tokens of this authorization are revoked"
        grant_type: Text [log_only] "`refresh_token`";
    REQUEST_REFUSED "request.refused" Info Bounded Off
        "A request was refused."
        endpoint: Text "where"
        error: Text "the error code"
        reason: Text "its description";
    CLIENT_AUTHENTICATION_FAILED "client.authentication_failed" Notice Bounded Off
        "An application did not prove its identity."
        endpoint: Text "where"
        error: Text "the error code"
        detail: Text "the cause, which the application does not learn"
        reason: Text "its description";
    CLIENT_THROTTLED "client.throttled" Warning Bounded
        "An application was not checked because too many wrong secrets came from its network."
        => "client authentication throttled"
        seconds: Number "how long to wait";
    CLIENT_PREVIOUS_SECRET_USED "client.previous_secret_used" Info Routine
        "An application has proved its identity with the secret that it had before: it still has to be given the new one."
        => "client authenticated with its previous secret";
    CLIENT_REGISTERED "client.registered" Notice Ordinary
        "An application has registered itself."
        => "registration created"
        left_out: Text [log_only] "what it asked for and did not get";
    CLIENT_CHANGED "client.changed" Notice Ordinary
        "An application has changed its registration."
        => "registration updated"
        left_out: Text [log_only] "what it asked for and did not get";
    CLIENT_REMOVED "client.removed" Notice Always
        "An application was removed."
        => "registration deleted"
        by: Text "`application` or the operator";
    REGISTRATION_THROTTLED "registration.throttled" Notice Bounded
        "A registration was refused: too many came from this network."
        => "registration throttled: too many from its network"
        throttled: Text "what there was too much of"
        seconds: Number "how long to wait";
    CLIENT_ADDED "client.added" Notice Always
        "An operator has added an application."
        by: Text "the operator";
    CLIENT_SECRET_ROTATED "client.secret_rotated" Notice Always
        "An operator has given an application a new secret."
        by: Text "the operator";
    CLIENT_PREVIOUS_SECRET_REVOKED "client.previous_secret_revoked" Notice Always
        "An operator has revoked the secret that an application had before."
        by: Text "the operator";
    USER_ADDED "user.added" Notice Always
        "An operator has added a user."
        by: Text "the operator";
    USER_LOCKED "user.locked" Notice Always
        "An operator has locked a user, which ended all their sessions."
        by: Text "the operator";
    USER_UNLOCKED "user.unlocked" Notice Always
        "An operator has unlocked a user."
        by: Text "the operator";
    USER_PASSWORD_SET "user.password_set" Notice Always
        "An operator has set or removed a user's password, which ended all their sessions."
        by: Text "the operator";
    USER_REMOVED "user.removed" Notice Always
        "An operator has removed a user."
        by: Text "the operator";
    USER_SIGNED_OUT "user.signed_out" Notice Always
        "An operator has ended all sessions of a user."
        by: Text "the operator";
    USER_CHANGED "user.changed" Notice Always
        "An import, or the configuration file, has changed what is known of a user. What an import changes of more than 100 users is only counted, in `user.imported`; of a password, an e-mail address or a lock, of more than 10,000."
        by: Text "the operator"
        changed: Text "what: `password`, `email`, `locked`, `claims`";
    USER_IMPORTED "user.imported" Notice Always
        "An operator has imported users."
        by: Text "the operator"
        added: Number "how many were added together"
        updated: Number "how many were updated together";
    INITIAL_ACCESS_TOKEN_CREATED "initial_access_token.created" Notice Always
        "An operator has made an initial access token."
        by: Text "the operator"
        token: Text "its id";
    INITIAL_ACCESS_TOKEN_REVOKED "initial_access_token.revoked" Notice Always
        "An operator has revoked an initial access token."
        by: Text "the operator"
        token: Text "its id";
    THROTTLE_CLEARED "throttle.cleared" Notice Always
        "An operator has cleared throttling after wrong passwords."
        by: Text "the operator"
        network: Text "the network, if only its counts were cleared"
        cleared: Number "how many counts were cleared";
    KEY_CHANGED "key.changed" Notice Always
        "The signing or encryption keys have changed."
        by: Text "an operator or `server`"
        added: Ids "the ids of new keys"
        active: Ids "of those that became active"
        retired: Ids "of those that were retired"
        removed: Ids "of those that were removed";
    KEY_RESET "key.reset" Warning Always
        "An operator has recreated keys and secrets that could not be decrypted any more, and signed everybody out."
        by: Text "the operator"
        replaced: Text "`keys`, `subjects`, `handles`";
    CONFIGURATION_RELOADED "configuration.reloaded" Notice Always
        "A running server has read its configuration again."
        by: Text "`server`";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ_and_say_what_happened_to_what() {
        for kind in KINDS {
            let rows = KINDS.iter().filter(|other| other.name == kind.name).count();
            assert_eq!(rows, 1, "{} has two rows", kind.name);
            let parts: Vec<&str> = kind.name.split('.').collect();
            let is_word = |part: &&str| part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            assert!(parts.len() == 2 && parts.iter().all(is_word), "{}", kind.name);
            assert!(kind.doc.ends_with('.'), "{}", kind.name);
            let mut members: Vec<&str> = kind.members.iter().map(|member| member.name).collect();
            members.sort_unstable();
            members.dedup();
            assert_eq!(members.len(), kind.members.len(), "{} has a member twice", kind.name);
        }
    }

    #[test]
    fn the_log_is_as_loud_as_an_event_matters_unless_its_row_says_otherwise() {
        for kind in KINDS.iter().filter(|kind| kind.severity == Severity::Warning) {
            assert_eq!(kind.level, Level::Warn, "{}", kind.name);
        }
        assert_eq!((SIGN_IN_THROTTLED.level, CLIENT_THROTTLED.level), (Level::Warn, Level::Warn));
        assert_eq!((SIGN_IN_FAILED.level, SIGN_IN_SUCCEEDED.level), (Level::Info, Level::Info));
        assert_eq!((TOKEN_INTROSPECTED.level, REQUEST_REFUSED.level), (Level::Debug, Level::Off));
    }

    #[test]
    fn one_line_of_the_log_is_of_one_kind() {
        let twice = [&AUTHORIZATION_REFUSED, &INTERACTION_REQUIRED];
        for kind in KINDS.iter().filter(|kind| !twice.contains(kind)) {
            let rows = KINDS.iter().filter(|other| other.line() == kind.line()).count();
            assert_eq!(rows, 1, "{}", kind.line());
        }
    }
}
