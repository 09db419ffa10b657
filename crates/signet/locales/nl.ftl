language-name = Nederlands
language-direction = ltr

footer-privacy = Privacybeleid van { $name }
footer-terms = Voorwaarden van { $name }
footer-help = Hulp
footer-languages = Taal

signed-in-as = Je bent ingelogd als { $name }.
title-wrong = Niet ingelogd
title-wait = Even wachten
title-faults = Verbeteren
title-again = Pagina vernieuwd
start-again = Opnieuw beginnen
back = Terug naar de applicatie
back-to = { $named ->
    [no] { back }
   *[yes] Terug naar { $client }
 }
client-nameless = Naamloze applicatie
# Within a sentence, at the beginning of one, and where it was named before.
client-in = { $named ->
    [no] een naamloze applicatie
   *[yes] { $client }
 }
client-first = { $named ->
    [no] Een naamloze applicatie
   *[yes] { $client }
 }
client-then = { $named ->
    [no] De applicatie
   *[yes] { $client }
 }
unchecked = Deze applicatie heeft zichzelf geregistreerd en is hier door niemand gecontroleerd.
unchecked-document = Deze applicatie is hier alleen bekend uit een beschrijving die ze zelf publiceert, en is hier door niemand gecontroleerd.
unchecked-home = De beschrijving ervan staat op { $home }.
unchecked-answer-site = Wat je toestaat, gaat naar { $site }.
unchecked-answer-device = Wat je toestaat, gaat naar een programma op dit apparaat.
unchecked-answer-scheme = Wat je toestaat, gaat naar de app op dit apparaat die links met { $site } opent.
unchecked-person-site = Deze pagina leidt naar { $site }.
unchecked-person-device = Deze pagina leidt naar een programma op dit apparaat.
unchecked-person-scheme = Deze pagina leidt naar de app op dit apparaat die links met { $site } opent.
lives-device = Een programma op dit apparaat
lives-scheme = De app op dit apparaat die links met { $site } opent

again-expired = Deze pagina stond te lang open en is vernieuwd.
again-answered = Deze pagina is al beantwoord en daarom vernieuwd.
again-other_browser = Deze pagina is in een andere browser geopend, of de cookie ervan ontbreekt. Ze is vernieuwd.
again-account_changed = Sinds je deze pagina opende, heeft iemand in deze browser in- of uitgelogd. Antwoord opnieuw, nu voor het account dat hier staat.
again-signed_out = Sinds je deze pagina opende, ben je in deze browser uitgelogd. Log opnieuw in.
again-data_changed = Wat deze pagina toont, is veranderd sinds je haar opende. Bekijk het en antwoord opnieuw.
again-unused = Wat je hebt verstuurd, is niet gebruikt. Verstuur het opnieuw.

login-title = Inloggen
login-lead = Log in met je account bij { $operator }.
login-lead-for = Log in met je account bij { $operator } om door te gaan naar { client-in }.
login-username = Gebruikersnaam
login-username-or-email = Gebruikersnaam of e‑mailadres
login-password = Wachtwoord
login-submit = Inloggen
login-trouble = Lukt het inloggen niet?
login-wrong = Deze naam en dit wachtwoord horen niet bij elkaar.
login-tries-left =
    { $tries ->
        [one] Je hebt nog één poging voordat je moet wachten.
       *[other] Je hebt nog { $tries } pogingen voordat je moet wachten.
    }
login-wait = Te veel pogingen. Wacht { $time } en probeer het dan opnieuw.
login-wait-network = In je netwerk is het inloggen te vaak mislukt; over je eigen wachtwoord zegt dat niets. Wacht { $time } en probeer het dan opnieuw.
login-wait-help = Pogingen van anderen kunnen de oorzaak zijn. In een browser waarin je hier eerder hebt ingelogd, kun je misschien meteen inloggen; anders kan { $operator } je helpen.
login-busy = Op dit moment loggen veel mensen in, dus je wachtwoord is niet gecontroleerd. Wacht een paar seconden en probeer het dan opnieuw.
login-locked = Dit account is geblokkeerd. Vraag { $operator } om het te deblokkeren.
login-again = Je bent al ingelogd. Log nog een keer in om te bevestigen dat jij het bent.
login-again-as = Je bent ingelogd als { $name }. Log nog een keer in om te bevestigen dat jij het bent.
login-another = Je bent ingelogd, maar de applicatie verwacht een ander account. Log in met dat account.
login-another-as = Je bent ingelogd als { $name }, maar de applicatie verwacht een ander account. Log in met dat account.
login-another-now = Dat was { $name }, maar de applicatie verwacht een ander account. Log in met dat account, of ga terug.
login-stronger = Deze stap vraagt een sterkere manier van inloggen. Log nog een keer in.
login-stronger-by = Deze stap vraagt meer: { $label }. Log nog een keer in.
login-no-account = Nog geen account?
login-sign-up = Account aanmaken

sign-up-title = Account aanmaken
sign-up-lead = Dit wordt je account bij { $operator }.
sign-up-lead-for = Dit wordt je account bij { $operator }; daarna ga je door naar { client-in }.
sign-up-ends = Als je nog een account aanmaakt, word je bij dit account uitgelogd.
sign-up-faults = Verbeter de gemarkeerde velden en voer het wachtwoord opnieuw in.
sign-up-username-taken = Deze naam is al bezet of lijkt op een naam die bezet is. Kies een andere.
sign-up-username-reserved = Deze naam is gereserveerd of lijkt op een gereserveerde naam. Kies een andere.
sign-up-username-malformed = Een gebruikersnaam bestaat uit gewone letters van één alfabet, cijfers en leestekens, zonder spaties en onzichtbare tekens.
sign-up-password-hint = Minstens 8 tekens. Een paar woorden onthoud je makkelijker dan een paar leestekens.
sign-up-password-short = Dat is te kort. Neem minstens 8 tekens.
sign-up-password-long = Dat is te lang. Neem een korter wachtwoord.
sign-up-password-malformed = Er staat een onzichtbaar teken in, misschien door kopiëren. Typ het wachtwoord in plaats daarvan.
sign-up-password-common = Dit wachtwoord is een van de eerste die anderen zouden proberen. Kies een ander.
sign-up-name = Naam
sign-up-name-malformed = Schrijf de naam op één regel en met zichtbare tekens.
sign-up-email = E‑mailadres
sign-up-email-malformed = Dit is geen e‑mailadres zoals naam@example.org.
sign-up-email-taken = Iemand anders heeft dit adres als gebruikersnaam. Geef een ander adres op, of geen.
sign-up-submit = Account aanmaken
sign-up-wait = Vanuit je netwerk kwamen te veel registraties; over wat je hebt ingevuld zegt dat niets. Wacht { $time } en probeer het dan opnieuw.
sign-up-known = Heb je al een account?

consent-title = Mag { client-in } weten wie je bent?
consent-title-access = { $named ->
    [no] Een naamloze applicatie
   *[yes] { $client }
 } toegang geven?
consent-lead = { client-first } gebruikt je account bij { $operator }, { $name }, om je in te loggen.
consent-lead-access = { client-first } vraagt toegang met je account bij { $operator }, { $name }.
consent-not-you = Ben jij dit niet?
consent-more-than = { client-then } vraagt meer dan je eerder hebt toegestaan. Wat nieuw is, is gemarkeerd.
consent-new = { $claim ->
   *[other] nieuw
 }
consent-sees = { client-then } ziet
consent-known-as = Bekend als
consent-known-as-public = een code voor je account, dezelfde bij alle applicaties; ook wanneer en hoe je hebt ingelogd
consent-known-as-pairwise = een code voor je account die alleen deze applicatie krijgt; ook wanneer en hoe je hebt ingelogd
consent-known-as-sector = een code voor je account die alleen applicaties van { $site } krijgen; ook wanneer en hoe je hebt ingelogd
consent-known-as-ephemeral = een code die alleen voor deze keer inloggen geldt; ook wanneer en hoe je hebt ingelogd
consent-known-as-username = je gebruikersnaam, { $name }; ook wanneer en hoe je hebt ingelogd
consent-verified = { $claim ->
   *[other] bevestigd
 }
consent-not-verified = { $claim ->
   *[other] niet bevestigd
 }
consent-yes = ja
consent-no = nee
consent-more = en nog { $count }
consent-whole = Alles tonen
consent-source = van { $source }
consent-absent = Ook gevraagd, maar niet bekend:
consent-differing = Ook gevraagd, maar alleen met een andere waarde dan die van jou:
consent-allows = { client-then } mag
consent-permission = De machtiging { $scope } gebruiken
consent-withheld = { client-then } krijgt hierdoor niet
consent-withheld-password = Je wachtwoord
consent-withheld-others = Wat je in andere applicaties doet
consent-optional = { $claim ->
   *[other] optioneel
 }
consent-allow = Toestaan
consent-deny = Weigeren

scope-offline_access = Verbonden blijven
scope-offline_access-detail = { client-then } mag dit alles ook gebruiken als je er niet bent, totdat de toegang eindigt of wordt ingetrokken.

claim-name = Naam
claim-given_name = Voornaam
claim-middle_name = Tweede voornaam
claim-family_name = Achternaam
claim-nickname = Roepnaam
claim-preferred_username = Gebruikersnaam
claim-username = Inlognaam
claim-picture = Foto
claim-email = E‑mailadres
claim-email_verified = E‑mailadres bevestigd
claim-phone_number = Telefoonnummer
claim-phone_number_verified = Telefoonnummer bevestigd
claim-address = Postadres
claim-birthdate = Geboortedatum
claim-gender = Geslacht
claim-gender-female = vrouw
claim-gender-male = man
claim-profile = Profielpagina
claim-website = Website
claim-zoneinfo = Tijdzone
claim-locale = Taal
claim-updated_at = Laatst gewijzigd
claim-groups = Groepen

language-of = { $tag ->
    [ar] Arabisch
    [bg] Bulgaars
    [ca] Catalaans
    [cs] Tsjechisch
    [da] Deens
    [de] Duits
    [el] Grieks
    [en] Engels
    [es] Spaans
    [et] Estisch
    [fa] Perzisch
    [fi] Fins
    [fr] Frans
    [he] Hebreeuws
    [hi] Hindi
    [hr] Kroatisch
    [hu] Hongaars
    [id] Indonesisch
    [it] Italiaans
    [ja] Japans
    [ko] Koreaans
    [lt] Litouws
    [lv] Lets
    [nb] Noors
    [nl] Nederlands
    [no] Noors
    [pl] Pools
    [pt] Portugees
    [ro] Roemeens
    [ru] Russisch
    [sk] Slowaaks
    [sl] Sloveens
    [sr] Servisch
    [sv] Zweeds
    [th] Thai
    [tr] Turks
    [uk] Oekraïens
    [vi] Vietnamees
    [zh] Chinees
   *[other] { $tag }
 }

time-seconds =
    { $count ->
        [one] een seconde
       *[other] { $count } seconden
    }
time-minutes =
    { $count ->
        [one] een minuut
       *[other] { $count } minuten
    }
time-hours =
    { $count ->
        [one] een uur
       *[other] { $count } uur
    }
time-days =
    { $count ->
        [one] een dag
       *[other] { $count } dagen
    }

date = { $day } { $month ->
    [1] januari
    [2] februari
    [3] maart
    [4] april
    [5] mei
    [6] juni
    [7] juli
    [8] augustus
    [9] september
    [10] oktober
    [11] november
   *[12] december
 } { $year }
date-without-year = { $day } { $month ->
    [1] januari
    [2] februari
    [3] maart
    [4] april
    [5] mei
    [6] juni
    [7] juli
    [8] augustus
    [9] september
    [10] oktober
    [11] november
   *[12] december
 }

select-title = Kies een account
select-lead = Je bent hier al ingelogd.
select-lead-for = om door te gaan naar { client-in }
select-continue = Doorgaan als { $name }
select-other = Een ander account gebruiken

sign-out-title = Uitloggen bij { $operator }?
sign-out-text = De volgende keer dat een applicatie vraagt wie je bent, moet je opnieuw inloggen.
sign-out-submit = Uitloggen
sign-out-stay = Ingelogd blijven
stayed-title = Je bent nog ingelogd
stayed-text = Er is niets veranderd. Je kunt dit venster sluiten.

signed-out-title = Je bent uitgelogd
signed-out-text = Je kunt dit venster sluiten. Gebruiken anderen dit apparaat ook, sluit dan de hele browser.
nobody-title = Hier is niemand ingelogd
nobody-text = Je browser heeft geen inlogcookie gestuurd, dus er is niemand uitgelogd. Verwacht je ingelogd te zijn, sta dan cookies voor deze site toe en probeer het opnieuw.

error-code = Fout
error-detail = Wat er mis is
error-reference = Kenmerk
error-link = Deze link kan niet worden gebruikt
error-link-text = De applicatie stuurde je hierheen met een verzoek dat niet veilig kan worden beantwoord. Er is niets gedeeld. Ga terug en probeer het opnieuw; gebeurt het weer, stuur de ontwikkelaars dan de regels hieronder.
error-unknown_application = Deze applicatie is hier niet bekend
error-unknown_application-text = Een applicatie die hier niet geregistreerd is, heeft je gestuurd. Er is niets gedeeld. Wilde je inloggen, stuur de ontwikkelaars dan de regels hieronder.
error-expired = Deze pagina is niet meer te gebruiken
error-expired-text = Ze is te oud, of het adres is onvolledig of hier niet meer geldig. Wat je hebt ingevuld, is niet gebruikt. Ga terug naar de applicatie en begin opnieuw.
error-answered = Je bent al teruggegaan
error-answered-text = Deze pagina heeft je teruggebracht naar de applicatie; dat doet ze maar een minuut lang. Je kunt haar sluiten. Is het niet gelukt, begin dan opnieuw in de applicatie.
error-cookies = Je browser heeft geen cookie gestuurd
error-cookies-text = Inloggen kan alleen met cookies, en je browser heeft er geen gestuurd. Er is niets gedeeld. Sta cookies voor deze site toe, of open de pagina in een andere browser, en begin dan opnieuw.
error-sign_in_needed = Je bent niet ingelogd
error-sign_in_needed-text = Deze pagina is voor wie is ingelogd. Ga terug naar de applicatie en log daar in.
error-too_large = Dat was te veel in één keer
error-too_large-text = Er is meer verstuurd dan hier wordt aangenomen; niets ervan is gebruikt. Ga terug en probeer het met minder.
error-not_found = Hier is niets
error-not_found-text = Misschien klopt het adres niet, of is de pagina verhuisd. Controleer het adres of begin opnieuw vanuit de applicatie.
error-not_a_page = Dit adres is geen pagina
error-not_a_page-text = Applicaties sturen hier hun verzoeken naartoe; in een browser is er niets te zien. Begin bij de applicatie die je wilt gebruiken.
error-server = Er ging hier iets mis
error-server-text = De fout ligt bij ons, niet bij jou, en er is niets gedeeld. Probeer het zo nog eens; gebeurt het weer, geef ons dan het kenmerk hieronder.
error-busy = Het is nu te druk
error-busy-text = Op dit moment komen er te veel verzoeken binnen. Wacht een paar seconden en laad deze pagina dan opnieuw.

form-post-text = Word je niet automatisch doorgestuurd, druk dan op “{ form-post-submit }”.
form-post-submit = Doorgaan
moving-on-close = Zodra de applicatie open is, kun je dit venster sluiten.
