demo-home-title = See what an application sees
demo-home-text = This application does not know you yet. Sign in with { $operator }, and it shows you everything it learned.
demo-sign-in = Sign in with { $operator }
demo-result-title = Hello, { $name }
demo-result-text = This is all that { $operator } told this application about you.
demo-refreshed =
    { $times ->
        [one] The tokens have been refreshed once since you signed in.
       *[other] The tokens have been refreshed { $times } times since you signed in.
    }
demo-claims = About you
demo-claim = Claim
demo-value = Value
demo-no-claims = Nothing beyond the ID token was shared.
demo-id-token = ID token
demo-header = Header
demo-payload = Payload
demo-tokens = Tokens
demo-access-token = Access token
demo-lifetime = Valid for
demo-seconds =
    { $seconds ->
        [one] one second
       *[other] { $seconds } seconds
    }
demo-scope = Scope
demo-refresh-token = Refresh token
demo-yes = yes
demo-no = no
demo-refresh = Refresh the tokens
demo-denied = You did not allow it
demo-denied-text = That is fine: this application learned nothing about you. You can try again whenever you like.
demo-error = The sign-in did not work
demo-error-text = This application learned nothing about you. Here is the answer that it got.
demo-again = Try again
