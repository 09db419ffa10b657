//! RFC 6749 §5.2: the rules that reject requests. Each refusal names its rule, in the log and on its page;
//! the book says of each what to change.

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
        "Register the application, or send the client_id from its registration."
    REDIRECT_URI "authorization.redirect_uri" "RFC 9700 section 2.1"
        "Register the redirect_uri exactly as the application sends it, or send a registered one."
    PARAMETERS "parameters" "RFC 6749 section 3.2 and appendix B"
        "Send the parameters form-encoded, as valid UTF-8, within the sizes in the description."
    SINGLE "parameters.single" "RFC 6749 section 3.1"
        "Send each parameter only once."
    REQUEST "authorization.request_object" "OpenID Connect Core 1.0 section 3.1.2.6 and 6"
        "Register the client first, and send the parameters the way it is registered for."
    RESPONSE_TYPE "authorization.response_type" "RFC 6749 section 3.1.1"
        "Send a response_type that is listed in the metadata and registered for the client."
    RESPONSE_MODE "authorization.response_mode" "OAuth 2.0 Multiple Response Type Encoding Practices section 2.1"
        "Omit response_mode, or send one that suits the response_type; tokens are never sent in a query."
    SCOPE "authorization.scope" "RFC 6749 section 3.3"
        "Request scopes that exist and that the client is allowed; OpenID Connect requires openid."
    STATE "authorization.state" "RFC 6749 section 4.1.1 and appendix A.5"
        "Send state without control characters; base64url holds anything."
    NONCE "authorization.nonce" "OpenID Connect Core 1.0 section 3.2.2.1"
        "Send a nonce without control characters with every request whose response contains an ID token, and compare it."
    CODE_CHALLENGE "authorization.code_challenge" "RFC 7636 section 4.3"
        "Send code_challenge with code_challenge_method S256; every current library supports this."
    PROMPT "authorization.prompt" "OpenID Connect Core 1.0 section 3.1.2.1"
        "Send prompt values listed in the metadata; none cannot be combined with others."
    MAX_AGE "authorization.max_age" "OpenID Connect Core 1.0 section 3.1.2.1"
        "Send max_age as a whole number of seconds."
    DISPLAY "authorization.display" "OpenID Connect Core 1.0 section 3.1.2.1"
        "Send page, popup, touch or wap, or omit display."
    CLAIMS "authorization.claims" "OpenID Connect Core 1.0 section 5.5"
        "Send claims as the JSON object that the specification describes."
    ID_TOKEN_HINT "authorization.id_token_hint" "OpenID Connect Core 1.0 section 3.1.2.1"
        "Send an ID token that this provider issued to this client, or omit id_token_hint."
    ACR_VALUES "authorization.acr_values" "OpenID Connect Core 1.0 section 3.1.2.1"
        "Request authentication contexts listed in the metadata, or do not mark them as essential."
    RESOURCE "resource" "RFC 8707 section 2"
        "Request a resource that is open to the client, exactly as configured; the description lists them."
    LENGTH "authorization.length" "RFC 9700 section 2.1"
        "Send a shorter request: fewer claims, or a request object by reference."
    INTERACTION "authorization.interaction" "OpenID Connect Core 1.0 section 3.1.2.6"
        "Send the request again without prompt=none, so that the user can be asked."
    DENIED "authorization.denied" "RFC 6749 section 4.1.2.1"
        "The user denied the request: show this, and do not repeat the request immediately."
    REQUEST_OBJECT "request_object" "RFC 9101 section 5"
        "Correct the request object as the description says: its form, signature, encryption or claims."
    CLIENT_AUTHENTICATION "client_authentication" "RFC 6749 section 2.3"
        "Authenticate with exactly one method, one that the client is registered for."
    CLIENT_SECRET_BASIC "client_authentication.client_secret_basic" "RFC 6749 section 2.3.1"
        "Send client_id and client_secret, form-encoded, in the Authorization header, and check the secret."
    CLIENT_SECRET_POST "client_authentication.client_secret_post" "RFC 6749 section 2.3.1"
        "Send client_id and client_secret in the form body, and check the secret."
    CLIENT_SECRET_JWT "client_authentication.client_secret_jwt" "OpenID Connect Core 1.0 section 9"
        "Sign a new assertion with the client secret: audience, expiry and a new jti."
    PRIVATE_KEY_JWT "client_authentication.private_key_jwt" "OpenID Connect Core 1.0 section 9"
        "Sign a new assertion with a registered key of the client: audience, expiry and a new jti."
    NONE "client_authentication.none" "RFC 6749 section 3.2.1"
        "Authenticate: only public clients can omit the secret."
    GRANT_TYPE "token.grant_type" "RFC 6749 section 4.5"
        "Send a grant_type that is listed in the metadata and registered for the client."
    AUTHORIZATION_CODE "token.authorization_code" "RFC 6749 section 4.1.3"
        "Redeem each code once, immediately, with the redirect_uri and code_verifier of its request."
    REFRESH_TOKEN "token.refresh_token" "RFC 6749 section 6"
        "Store the latest refresh token and use it once; if it is rejected, start a new authorization."
    CLIENT_CREDENTIALS "token.client_credentials" "RFC 6749 section 4.4"
        "Request scopes that the client can have for itself; this grant involves no user."
    ACCESS_TOKEN "access_token" "RFC 6750 section 3.1"
        "Send a valid access token once, in the Authorization header, and refresh it when it has expired."
    TOKEN_REQUEST "token_request" "RFC 7662 section 2.1, RFC 7009 section 2.1"
        "Send the token once, as the parameter token, in the form body."
    END_SESSION "end_session" "OpenID Connect RP-Initiated Logout 1.0 section 2"
        "Send id_token_hint or client_id, and a registered post_logout_redirect_uri of the client."
    REGISTRATION "registration" "RFC 7591 section 3.2.2"
        "Send one JSON object with client metadata; the description says what is wrong."
    REGISTRATION_TOKEN "registration.token" "RFC 7591 section 3, RFC 7592 section 2"
        "Send the initial or registration access token as a bearer token; the operator issues initial ones."
    REGISTRATION_DOCUMENT "registration.document" "OAuth Client ID Metadata Document section 4"
        "Publish the metadata at the URL that is the client_id; the description says what is wrong."
    SOFTWARE_STATEMENT "registration.software_statement" "RFC 7591 section 2.3"
        "Send a software statement from an issuer that the operator trusts."
    PROTECTION "registration.protection" "RFC 9449 section 5.2, RFC 8705 section 3.4, RFC 9126 section 6"
        "Omit protection that this provider does not enforce."
    PRESENTATION "registration.presentation" "OpenID Connect Dynamic Client Registration 1.0 section 2"
        "Correct the names and URLs that are shown to users."
    FLOWS "registration.flows" "RFC 7591 section 2.1"
        "Request grant and response types that match and are open to self-registered clients."
    REDIRECTS "registration.redirects" "OpenID Connect Dynamic Client Registration 1.0 section 2"
        "Register https URLs or, for native applications, loopback URLs and private schemes."
    AUTHENTICATION "registration.authentication" "RFC 7591 section 2"
        "Register an offered authentication method, and the keys that it needs."
    ALGORITHMS "registration.algorithms" "OpenID Connect Dynamic Client Registration 1.0 section 2"
        "Register algorithms listed in the metadata."
    REQUEST_OBJECTS "registration.request_objects" "OpenID Connect Dynamic Client Registration 1.0 section 2"
        "Register https URLs of request objects, and offered algorithms."
    SUBJECTS "registration.subjects" "OpenID Connect Dynamic Client Registration 1.0 section 5"
        "Publish the redirect URIs at sector_identifier_uri, or register redirect URIs on one host."
    SIGN_IN "registration.sign_in" "OpenID Connect Dynamic Client Registration 1.0 section 2"
        "Correct the sign-in defaults named in the description."
    SOFTWARE "registration.software" "RFC 7591 section 2"
        "Send software_id and software_version as short strings."
    WEBFINGER "webfinger" "RFC 7033 section 4.2"
        "Send one resource: an account or address of this provider."
    METHOD "method" "RFC 9110 section 15.5.6"
        "Send the request with a method that the Allow header of the response lists."
    BODY "body" "RFC 9110 sections 15.5.9 and 15.5.14"
        "Send a smaller body, and all of it at once; the operator sets the limit (server.max_body)."
    HEADERS "headers" "RFC 6585 section 5"
        "Send fewer or shorter headers and a shorter URL; old cookies may have to be deleted."
    BUSY "busy" "RFC 9110 section 15.6.4"
        "Send the request again in a moment."
    LIMIT "limit" "RFC 6585 section 4"
        "Wait as long as Retry-After says, and send fewer requests."
}
