language-name = English
language-direction = ltr

footer-privacy = Privacy policy of { $name }
footer-terms = Terms of { $name }
footer-help = Help
footer-languages = Language

signed-in-as = You are signed in as { $name }.
title-wrong = Not signed in
title-wait = Please wait
title-faults = Please correct
title-again = Page renewed
start-again = Start again
back = Back to the application
back-to = { $named ->
    [no] { back }
   *[yes] Back to { $client }
 }
client-nameless = Unnamed application
# Within a sentence, at the beginning of one, and where it was named before.
client-in = { $named ->
    [no] an unnamed application
   *[yes] { $client }
 }
client-first = { $named ->
    [no] An unnamed application
   *[yes] { $client }
 }
client-then = { $named ->
    [no] The application
   *[yes] { $client }
 }
unchecked = This application registered itself: nobody here has checked it.
unchecked-document = This application is known here only by a description that it publishes itself: nobody here has checked it.
unchecked-home = Its description is at { $home }.
unchecked-answer-site = What you allow goes to { $site }.
unchecked-answer-device = What you allow goes to a program on this device.
unchecked-answer-scheme = What you allow goes to the app on this device that opens { $site } links.
unchecked-person-site = This page leads to { $site }.
unchecked-person-device = This page leads to a program on this device.
unchecked-person-scheme = This page leads to the app on this device that opens { $site } links.
lives-device = A program on this device
lives-scheme = The app on this device that opens { $site } links

again-expired = This page was open for too long and has been renewed.
again-answered = This page was answered before and has been renewed.
again-other_browser = This page was opened in another browser, or its cookie is missing. It has been renewed.
again-account_changed = Since you opened this page, somebody has signed in or out in this browser. Please answer again, for the account shown here.
again-signed_out = Since you opened this page, you have been signed out in this browser. Please sign in again.
again-data_changed = What this page shows has changed since you opened it. Please look through it and answer again.
again-unused = What you sent was not used. Please send it once more.

login-title = Sign in
login-lead = Use your { $operator } account.
login-lead-for = Use your { $operator } account to continue to { client-in }.
login-username = User name
login-username-or-email = User name or e‑mail address
login-password = Password
login-submit = Sign in
login-trouble = Trouble signing in?
login-wrong = That name and password do not match.
login-tries-left =
    { $tries ->
        [one] One try is left before you have to wait.
       *[other] { $tries } tries are left before you have to wait.
    }
login-wait = Too many attempts. Wait { $time }, then try again.
login-wait-network = Too many sign-ins have failed in your network; that says nothing about your own password. Wait { $time }, then try again.
login-wait-help = Attempts of others may have caused this. A browser in which you have signed in here before may let you sign in at once; otherwise { $operator } can help you.
login-busy = Many people are signing in at this moment, so your password was not checked. Wait a few seconds, then try again.
login-locked = This account is locked. Ask the people at { $operator } to unlock it.
login-again = You are already signed in. Please sign in once more to confirm that it is you.
login-again-as = You are signed in as { $name }. Sign in once more to confirm that it is you.
login-another = You are signed in, but the application expects another account. Please sign in with that one.
login-another-as = You are signed in as { $name }, but the application expects another account. Please sign in with that one.
login-another-now = That was { $name }, but the application expects another account. Please sign in with that one, or go back.
login-stronger = This step needs a stronger sign-in. Please sign in once more.
login-stronger-by = This step needs more: { $label }. Please sign in once more.
login-no-account = No account yet?
login-sign-up = Create an account

sign-up-title = Create an account
sign-up-lead = This will be your account at { $operator }.
sign-up-lead-for = This will be your account at { $operator }. After that you go on to { client-in }.
sign-up-ends = Creating another account signs you out of this one.
sign-up-faults = Please correct the marked fields, and enter the password again.
sign-up-username-taken = This name is taken, or looks like one that is. Choose another.
sign-up-username-reserved = This name is reserved, or looks like one that is. Choose another.
sign-up-username-malformed = A user name has ordinary letters of one alphabet, digits and punctuation; no spaces and no invisible characters.
sign-up-password-hint = At least 8 characters. Several words are easier to remember than a few symbols.
sign-up-password-short = That is too short. Use at least 8 characters.
sign-up-password-long = That is too long. Use a shorter one.
sign-up-password-malformed = It has a character that cannot be seen, perhaps from copying it. Type the password instead.
sign-up-password-common = This password is one of the first that others would try. Choose another.
sign-up-name = Name
sign-up-name-malformed = Write the name on one line, in characters that can be seen.
sign-up-email = E‑mail address
sign-up-email-malformed = This is not an e‑mail address, such as name@example.org.
sign-up-email-taken = Somebody else has this address as their user name. Give another, or none.
sign-up-submit = Create account
sign-up-wait = Too many sign-ups have come from your network; that says nothing about what you entered. Wait { $time }, then try again.
sign-up-known = Already have an account?

consent-title = Let { client-in } know who you are?
consent-title-access = Give { client-in } access?
consent-lead = { client-first } uses your { $operator } account, { $name }, to sign you in.
consent-lead-access = { client-first } asks for access with your { $operator } account, { $name }.
consent-not-you = Not you?
consent-more-than = { client-then } asks for more than you allowed before. What is new is marked.
consent-new = { $claim ->
   *[other] new
 }
consent-sees = { client-then } will see
consent-known-as = Identifier
consent-known-as-public = the same identifier at every application; also when and how you signed in
consent-known-as-pairwise = an identifier that only this application gets; also when and how you signed in
consent-known-as-sector = an identifier that only applications of { $site } get; also when and how you signed in
consent-known-as-ephemeral = an identifier for this sign-in only; also when and how you signed in
consent-known-as-username = your user name, { $name }; also when and how you signed in
consent-verified = { $claim ->
   *[other] confirmed
 }
consent-not-verified = { $claim ->
   *[other] not confirmed
 }
consent-yes = yes
consent-no = no
consent-more = and { $count } more
consent-whole = Show all
consent-source = from { $source }
consent-absent = Also requested, but not on file:
consent-differing = Also requested, but only with another value than yours:
consent-allows = { client-then } may
consent-permission = Use the permission { $scope }
consent-withheld = Allowing this does not give { $named ->
    [no] the application
   *[yes] { $client }
 }
consent-withheld-password = Your password
consent-withheld-others = What you do in other applications
consent-optional = { $claim ->
   *[other] optional
 }
consent-allow = Allow
consent-deny = Don’t allow

scope-offline_access = Stay connected
scope-offline_access-detail = { client-then } may use all this even while you are away, until this access ends or is withdrawn.

claim-name = Name
claim-given_name = Given name
claim-middle_name = Middle name
claim-family_name = Family name
claim-nickname = Nickname
claim-preferred_username = User name
claim-username = Sign-in name
claim-picture = Picture
claim-email = E‑mail address
claim-email_verified = E‑mail address confirmed
claim-phone_number = Phone number
claim-phone_number_verified = Phone number confirmed
claim-address = Postal address
claim-birthdate = Date of birth
claim-gender = Gender
claim-gender-female = female
claim-gender-male = male
claim-profile = Profile page
claim-website = Website
claim-zoneinfo = Time zone
claim-locale = Language
claim-updated_at = Last changed
claim-groups = Groups

language-of = { $tag ->
    [ar] Arabic
    [bg] Bulgarian
    [ca] Catalan
    [cs] Czech
    [da] Danish
    [de] German
    [el] Greek
    [en] English
    [es] Spanish
    [et] Estonian
    [fa] Persian
    [fi] Finnish
    [fr] French
    [he] Hebrew
    [hi] Hindi
    [hr] Croatian
    [hu] Hungarian
    [id] Indonesian
    [it] Italian
    [ja] Japanese
    [ko] Korean
    [lt] Lithuanian
    [lv] Latvian
    [nb] Norwegian
    [nl] Dutch
    [no] Norwegian
    [pl] Polish
    [pt] Portuguese
    [ro] Romanian
    [ru] Russian
    [sk] Slovak
    [sl] Slovenian
    [sr] Serbian
    [sv] Swedish
    [th] Thai
    [tr] Turkish
    [uk] Ukrainian
    [vi] Vietnamese
    [zh] Chinese
   *[other] { $tag }
 }

# After “wait”.
time-seconds =
    { $count ->
        [one] a second
       *[other] { $count } seconds
    }
time-minutes =
    { $count ->
        [one] a minute
       *[other] { $count } minutes
    }
time-hours =
    { $count ->
        [one] an hour
       *[other] { $count } hours
    }
time-days =
    { $count ->
        [one] a day
       *[other] { $count } days
    }

date = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
 } { $year }
date-without-year = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
 }

select-title = Choose an account
select-lead = You are signed in here already.
select-lead-for = to continue to { client-in }
select-continue = Continue as { $name }
select-other = Use another account

sign-out-title = Sign out of { $operator }?
sign-out-text = The next time an application asks who you are, you will have to sign in again.
sign-out-submit = Sign out
sign-out-stay = Stay signed in
stayed-title = You are still signed in
stayed-text = Nothing has changed. You can close this window.

signed-out-title = You are signed out
signed-out-text = You can close this window. If others use this device too, close the whole browser.
nobody-title = Nobody is signed in here
nobody-text = Your browser sent no sign-in cookie, so nobody was signed out. If you expected to be signed in, allow cookies for this site and try again.

error-code = Error
error-detail = What is wrong
error-reference = Reference
error-link = This link cannot be used
error-link-text = The application sent you here with a request that cannot be answered safely. Nothing was shared. Go back to it and try again; if it happens again, send its developers the lines below.
error-unknown_application = This application is not known here
error-unknown_application-text = An application that is not registered here sent you. Nothing was shared. If you expected to sign in, send its developers the lines below.
error-expired = This page can no longer be used
error-expired-text = It is too old, or its address is incomplete or no longer valid here. What you entered was not used. Go back to the application and start again.
error-answered = You have gone back already
error-answered-text = This page took you back to the application, which it does for a minute only. You can close it. If that did not work, start again in the application.
error-cookies = Your browser did not send a cookie
error-cookies-text = Signing in needs cookies, and your browser sent none for this site. Nothing was shared. Allow cookies for this site, or open the page in another browser, then start again.
error-sign_in_needed = You are not signed in
error-sign_in_needed-text = This page is for people who are signed in. Go back to the application and sign in there.
error-too_large = That was too much at once
error-too_large-text = More was sent than can be accepted here, so none of it was used. Go back and try again with less.
error-not_found = There is nothing here
error-not_found-text = The address may be misspelt, or the page has moved. Check it, or start again from the application.
error-not_a_page = This address is not a page
error-not_a_page-text = Applications send their requests to it; there is nothing to see in a browser. Start from the application that you want to use.
error-server = Something went wrong here
error-server-text = The fault is ours, not yours, and nothing was shared. Try again in a moment; if it happens again, tell us the reference below.
error-busy = Too busy just now
error-busy-text = More requests are coming in at this moment than can be answered. Wait a few seconds, then load this page again.

form-post-text = If you are not taken there automatically, press “{ form-post-submit }”.
form-post-submit = Continue
moving-on-close = You can close this window once the application is open.
