//! RFC 6749 §5.2: the rules by which requests are refused. Each refusal names its rule, in the log and on its page; the
//! book says of each what to change.

/// A rule by which requests are refused.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name, which stays.
    pub id: &'static str,
    /// Where it is defined.
    pub spec: &'static str,
    /// What the client's developer can do.
    pub remedy: &'static str,
}

macro_rules! rules {
    ($($name:ident $id:literal $spec:literal $remedy:literal)*) => {
        $(
            #[doc = $remedy]
            pub static $name: Rule = Rule { id: $id, spec: $spec, remedy: $remedy };
        )*

        /// Every rule.
        pub static RULES: &[&Rule] = &[$(&$name),*];
    };
}

rules! {
    CLIENT_ID "authorization.client_id" "RFC 6749 section 4.1.1"
        "Register the application, or send the client_id that it was given."
    REDIRECT_URI "authorization.redirect_uri" "RFC 9700 section 2.1"
        "Register the redirect_uri exactly as the application sends it, or send one that is registered."
    PARAMETERS "parameters" "RFC 6749 section 3.2 and appendix B"
        "Send the parameters form-encoded, as valid UTF-8, within the sizes that the description names."
    SINGLE "parameters.single" "RFC 6749 section 3.1"
        "Send each parameter once."
    REQUEST "authorization.request_object" "OpenID Connect Core 1.0 section 3.1.2.6 and 6"
        "Send the parameters in the way that the client is registered for, and register the client before."
    RESPONSE_TYPE "authorization.response_type" "RFC 6749 section 3.1.1"
        "Send a response_type that the metadata lists and the client is registered for."
    RESPONSE_MODE "authorization.response_mode" "OAuth 2.0 Multiple Response Type Encoding Practices section 2.1"
        "Leave response_mode out, or send one that fits the response_type; tokens never go into a query."
    SCOPE "authorization.scope" "RFC 6749 section 3.3"
        "Ask for scopes that exist and are allowed for the client; OpenID Connect needs openid."
    NONCE "authorization.nonce" "OpenID Connect Core 1.0 section 3.2.2.1"
        "Send a nonce with every request whose answer holds an ID token, and compare it."
    CODE_CHALLENGE "authorization.code_challenge" "RFC 7636 section 4.3"
        "Send code_challenge with code_challenge_method S256; every current library does."
    PROMPT "authorization.prompt" "OpenID Connect Core 1.0 section 3.1.2.1"
        "Send words of prompt that the metadata lists; none goes with no other."
    MAX_AGE "authorization.max_age" "OpenID Connect Core 1.0 section 3.1.2.1"
        "Send max_age as a whole number of seconds."
    DISPLAY "authorization.display" "OpenID Connect Core 1.0 section 3.1.2.1"
        "Send page, popup, touch or wap, or leave display out."
    CLAIMS "authorization.claims" "OpenID Connect Core 1.0 section 5.5"
        "Send claims as the JSON object that the specification describes."
    ID_TOKEN_HINT "authorization.id_token_hint" "OpenID Connect Core 1.0 section 3.1.2.1"
        "Send an ID token that this provider issued to this client, or leave id_token_hint out."
    ACR_VALUES "authorization.acr_values" "OpenID Connect Core 1.0 section 3.1.2.1"
        "Ask for authentication contexts that the metadata lists, or do not call them essential."
    RESOURCE "resource" "RFC 8707 section 2"
        "Name a resource that is open to the client, exactly as the operator wrote it; the description lists them."
    LENGTH "authorization.length" "RFC 9700 section 2.1"
        "Send a shorter request: fewer claims, or a request object by reference."
    INTERACTION "authorization.interaction" "OpenID Connect Core 1.0 section 3.1.2.6"
        "Send the request again without prompt=none, so that the person can be asked."
    DENIED "authorization.denied" "RFC 6749 section 4.1.2.1"
        "The person said no: tell them so, and do not ask again at once."
    REQUEST_OBJECT "request_object" "RFC 9101 section 5"
        "Correct the request object as the description says: its form, signature, encryption or claims."
    CLIENT_AUTHENTICATION "client_authentication" "RFC 6749 section 2.3"
        "Authenticate by one method only, the one that the client is registered for."
    CLIENT_SECRET_BASIC "client_authentication.client_secret_basic" "RFC 6749 section 2.3.1"
        "Send client_id and client_secret, form-encoded, in the Authorization header, and check the secret."
    CLIENT_SECRET_POST "client_authentication.client_secret_post" "RFC 6749 section 2.3.1"
        "Send client_id and client_secret in the form body, and check the secret."
    CLIENT_SECRET_JWT "client_authentication.client_secret_jwt" "OpenID Connect Core 1.0 section 9"
        "Sign a fresh assertion with the client secret: audience, expiry and a new jti."
    PRIVATE_KEY_JWT "client_authentication.private_key_jwt" "OpenID Connect Core 1.0 section 9"
        "Sign a fresh assertion with a key that the client has registered: audience, expiry and a new jti."
    NONE "client_authentication.none" "RFC 6749 section 3.2.1"
        "Only a client that is registered as public may come without a secret."
    GRANT_TYPE "token.grant_type" "RFC 6749 section 4.5"
        "Send a grant_type that the metadata lists and the client is registered for."
    AUTHORIZATION_CODE "token.authorization_code" "RFC 6749 section 4.1.3"
        "Redeem each code once, at once, with the redirect_uri and code_verifier of its request."
    REFRESH_TOKEN "token.refresh_token" "RFC 6749 section 6"
        "Keep the newest refresh token and use it once; when it is refused, start a new authorization."
    CLIENT_CREDENTIALS "token.client_credentials" "RFC 6749 section 4.4"
        "Ask for scopes that the client may have for itself; there is no person here."
    ACCESS_TOKEN "access_token" "RFC 6750 section 3.1"
        "Send a current access token once, in the Authorization header, and refresh it when it has expired."
    TOKEN_REQUEST "token_request" "RFC 7662 section 2.1, RFC 7009 section 2.1"
        "Send the token itself as token, once, in the form body."
    END_SESSION "end_session" "OpenID Connect RP-Initiated Logout 1.0 section 2"
        "Send id_token_hint or client_id, and a post_logout_redirect_uri that the client has registered."
    REGISTRATION "registration" "RFC 7591 section 3.2.2"
        "Send one JSON object of client metadata as the description says."
    REGISTRATION_TOKEN "registration.token" "RFC 7591 section 3, RFC 7592 section 2"
        "Send the initial or registration access token as a bearer token; the operator gives initial ones."
    REGISTRATION_DOCUMENT "registration.document" "OAuth Client ID Metadata Document section 4"
        "Publish the metadata at the address that is the client_id, as the description says."
    SOFTWARE_STATEMENT "registration.software_statement" "RFC 7591 section 2.3"
        "Send a software statement of an issuer that the operator trusts."
    PROTECTION "registration.protection" "RFC 9449 section 5.2, RFC 8705 section 3.4, RFC 9126 section 6"
        "Leave out what this provider does not enforce."
    PRESENTATION "registration.presentation" "OpenID Connect Dynamic Client Registration 1.0 section 2"
        "Correct the names and addresses that are shown to people."
    FLOWS "registration.flows" "RFC 7591 section 2.1"
        "Ask for grant and response types that belong together and are open to self-registered clients."
    REDIRECTS "registration.redirects" "OpenID Connect Dynamic Client Registration 1.0 section 2"
        "Register https addresses, or for native applications loopback addresses and private schemes."
    AUTHENTICATION "registration.authentication" "RFC 7591 section 2"
        "Name an offered authentication method, and the keys that it needs."
    ALGORITHMS "registration.algorithms" "OpenID Connect Dynamic Client Registration 1.0 section 2"
        "Name algorithms that the metadata lists."
    REQUEST_OBJECTS "registration.request_objects" "OpenID Connect Dynamic Client Registration 1.0 section 2"
        "Register https addresses of request objects, and offered algorithms."
    SUBJECTS "registration.subjects" "OpenID Connect Dynamic Client Registration 1.0 section 5"
        "Publish the redirect URIs at sector_identifier_uri, or register redirect URIs of one host."
    SIGN_IN "registration.sign_in" "OpenID Connect Dynamic Client Registration 1.0 section 2"
        "Correct the defaults for sign-ins that the description names."
    SOFTWARE "registration.software" "RFC 7591 section 2"
        "Send software_id and software_version as short texts."
    WEBFINGER "webfinger" "RFC 7033 section 4.2"
        "Send one resource: an account or address of this provider."
    LIMIT "limit" "RFC 6585 section 4"
        "Wait as long as Retry-After says, and ask less often."
}
