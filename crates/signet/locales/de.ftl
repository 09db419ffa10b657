language-name = Deutsch
language-direction = ltr

footer-privacy = Datenschutz bei { $name }
footer-terms = Nutzungsbedingungen von { $name }
footer-help = Hilfe
footer-languages = Sprache

signed-in-as = Sie sind als { $name } angemeldet.
title-wrong = Nicht angemeldet
title-wait = Bitte warten
title-faults = Bitte korrigieren
title-again = Seite erneuert
start-again = Neu beginnen
back = Zurück zur Anwendung
back-to = { $named ->
    [no] { back }
   *[yes] Zurück zu { $client }
 }
client-nameless = Anwendung ohne Namen
# Within a sentence, at the beginning of one, and where it was named before.
client-in = { $named ->
    [no] eine Anwendung ohne Namen
   *[yes] { $client }
 }
client-first = { $named ->
    [no] Eine Anwendung ohne Namen
   *[yes] { $client }
 }
client-then = { $named ->
    [no] Die Anwendung
   *[yes] { $client }
 }
unchecked = Diese Anwendung hat sich selbst registriert: Niemand hier hat sie geprüft.
unchecked-document = Diese Anwendung ist hier nur durch eine Beschreibung bekannt, die sie selbst veröffentlicht: Niemand hier hat sie geprüft.
unchecked-home = Beschrieben ist sie bei { $home }.
unchecked-answer-site = Was Sie zulassen, geht an { $site }.
unchecked-answer-device = Was Sie zulassen, geht an ein Programm auf diesem Gerät.
unchecked-answer-scheme = Was Sie zulassen, geht an die App auf diesem Gerät, die Links mit { $site } öffnet.
unchecked-person-site = Diese Seite führt zu { $site }.
unchecked-person-device = Diese Seite führt zu einem Programm auf diesem Gerät.
unchecked-person-scheme = Diese Seite führt zu der App auf diesem Gerät, die Links mit { $site } öffnet.
lives-device = Ein Programm auf diesem Gerät
lives-scheme = Die App auf diesem Gerät, die Links mit { $site } öffnet

again-expired = Diese Seite war zu lange geöffnet und wurde erneuert.
again-answered = Diese Seite wurde bereits beantwortet und deshalb erneuert.
again-other_browser = Diese Seite wurde in einem anderen Browser geöffnet, oder ihr Cookie fehlt. Sie wurde erneuert.
again-account_changed = Seit Sie diese Seite geöffnet haben, hat sich in diesem Browser jemand an- oder abgemeldet. Bitte antworten Sie noch einmal, nun für das hier gezeigte Konto.
again-signed_out = Seit Sie diese Seite geöffnet haben, wurden Sie in diesem Browser abgemeldet. Bitte melden Sie sich wieder an.
again-data_changed = Was diese Seite zeigt, hat sich geändert, seit Sie sie geöffnet haben. Bitte sehen Sie es durch und antworten Sie noch einmal.
again-unused = Was Sie gesendet haben, wurde nicht verwendet. Bitte senden Sie es noch einmal.

login-title = Anmelden
login-lead = Melden Sie sich mit Ihrem Konto bei { $operator } an.
login-lead-for = Melden Sie sich mit Ihrem Konto bei { $operator } an, um mit { $named ->
    [no] einer Anwendung ohne Namen
   *[yes] { $client }
 } fortzufahren.
login-username = Benutzername
login-username-or-email = Benutzername oder E‑Mail-Adresse
login-password = Passwort
login-submit = Anmelden
login-trouble = Probleme bei der Anmeldung?
login-wrong = Benutzername und Passwort passen nicht zusammen.
login-tries-left =
    { $tries ->
        [one] Noch ein Versuch, dann müssen Sie warten.
       *[other] Noch { $tries } Versuche, dann müssen Sie warten.
    }
login-wait = Zu viele Versuche. Warten Sie { $time } und versuchen Sie es dann noch einmal.
login-wait-network = In Ihrem Netz sind zu viele Anmeldungen fehlgeschlagen; über Ihr eigenes Passwort sagt das nichts. Warten Sie { $time } und versuchen Sie es dann noch einmal.
login-wait-help = Versuche anderer können der Grund sein. In einem Browser, in dem Sie sich hier schon einmal angemeldet haben, können Sie sich vielleicht sofort anmelden; sonst hilft Ihnen { $operator }.
login-busy = Im Moment melden sich viele Personen an, deshalb wurde Ihr Passwort nicht geprüft. Warten Sie einige Sekunden und versuchen Sie es dann noch einmal.
login-locked = Dieses Konto ist gesperrt. Wenden Sie sich an { $operator }, um es entsperren zu lassen.
login-again = Sie sind bereits angemeldet. Bitte bestätigen Sie durch eine erneute Anmeldung, dass Sie es sind.
login-again-as = Sie sind als { $name } angemeldet. Bitte bestätigen Sie durch eine erneute Anmeldung, dass Sie es sind.
login-another = Sie sind angemeldet, aber die Anwendung erwartet ein anderes Konto. Bitte melden Sie sich mit diesem an.
login-another-as = Sie sind als { $name } angemeldet, aber die Anwendung erwartet ein anderes Konto. Bitte melden Sie sich mit diesem an.
login-another-now = Das war { $name }, aber die Anwendung erwartet ein anderes Konto. Bitte melden Sie sich mit diesem an, oder kehren Sie zurück.
login-stronger = Für diesen Schritt reicht Ihre Anmeldung nicht aus. Bitte melden Sie sich noch einmal an.
login-stronger-by = Dieser Schritt verlangt mehr: { $label }. Bitte melden Sie sich noch einmal an.
login-no-account = Noch kein Konto?
login-sign-up = Konto anlegen

sign-up-title = Konto anlegen
sign-up-lead = Hier legen Sie Ihr Konto bei { $operator } an.
sign-up-lead-for = Hier legen Sie Ihr Konto bei { $operator } an. Danach geht es weiter zu { $named ->
    [no] einer Anwendung ohne Namen
   *[yes] { $client }
 }.
sign-up-ends = Wenn Sie ein weiteres Konto anlegen, werden Sie von diesem abgemeldet.
sign-up-faults = Bitte korrigieren Sie die markierten Angaben, und geben Sie das Passwort noch einmal ein.
sign-up-username-taken = Dieser Name ist vergeben oder ähnelt einem vergebenen. Wählen Sie einen anderen.
sign-up-username-reserved = Dieser Name ist reserviert oder ähnelt einem reservierten. Wählen Sie einen anderen.
sign-up-username-malformed = Ein Benutzername besteht aus gewöhnlichen Buchstaben eines einzigen Alphabets, Ziffern und Sonderzeichen. Leerzeichen und unsichtbare Zeichen sind nicht erlaubt.
sign-up-password-hint = Mindestens 8 Zeichen. Mehrere Wörter merkt man sich leichter als wenige Sonderzeichen.
sign-up-password-short = Das Passwort ist zu kurz. Verwenden Sie mindestens 8 Zeichen.
sign-up-password-long = Das Passwort ist zu lang. Wählen Sie ein kürzeres.
sign-up-password-malformed = Es enthält ein unsichtbares Zeichen, vielleicht vom Kopieren. Tippen Sie das Passwort stattdessen ein.
sign-up-password-common = Dieses Passwort gehört zu den ersten, die andere ausprobieren würden. Wählen Sie ein anderes.
sign-up-name = Name
sign-up-name-malformed = Schreiben Sie den Namen in eine Zeile und mit Zeichen, die man sieht.
sign-up-email = E‑Mail-Adresse
sign-up-email-malformed = Das ist keine E‑Mail-Adresse wie name@example.org.
sign-up-email-taken = Jemand anderes hat diese Adresse als Benutzernamen. Geben Sie eine andere an oder keine.
sign-up-submit = Konto anlegen
sign-up-wait = Aus Ihrem Netz kamen zu viele Registrierungen; über Ihre Angaben sagt das nichts. Warten Sie { $time } und versuchen Sie es dann noch einmal.
sign-up-known = Haben Sie schon ein Konto?

consent-title = Darf { client-in } wissen, wer Sie sind?
consent-title-access = { $named ->
    [no] Einer Anwendung ohne Namen
   *[yes] { $client }
 } Zugriff gewähren?
consent-lead = { client-first } verwendet Ihr Konto bei { $operator } ({ $name }), um Sie anzumelden.
consent-lead-access = { client-first } bittet um Zugriff mit Ihrem Konto bei { $operator } ({ $name }).
consent-not-you = Nicht Sie?
consent-more-than = { client-then } fragt nach mehr, als Sie bisher zugelassen haben. Was neu ist, ist markiert.
consent-new = { $claim ->
   *[other] neu
 }
consent-sees = { client-then } sieht
consent-known-as = Kennung
consent-known-as-public = dieselbe Kennung bei allen Anwendungen; außerdem, wann und wie Sie sich angemeldet haben
consent-known-as-pairwise = eine Kennung, die nur diese Anwendung bekommt; außerdem, wann und wie Sie sich angemeldet haben
consent-known-as-sector = eine Kennung, die nur Anwendungen von { $site } bekommen; außerdem, wann und wie Sie sich angemeldet haben
consent-known-as-ephemeral = eine Kennung nur für diese Anmeldung; außerdem, wann und wie Sie sich angemeldet haben
consent-known-as-username = Ihr Benutzername, { $name }; außerdem, wann und wie Sie sich angemeldet haben
consent-verified = { $claim ->
   *[other] bestätigt
 }
consent-not-verified = { $claim ->
   *[other] nicht bestätigt
 }
consent-yes = ja
consent-no = nein
consent-more = und { $count } weitere
consent-whole = Alles anzeigen
consent-source = von { $source }
consent-absent = Ebenfalls angefragt, aber nicht hinterlegt:
consent-differing = Ebenfalls angefragt, aber nur mit einem anderen Wert als Ihrem:
consent-allows = { client-then } darf
consent-permission = Die Berechtigung { $scope } nutzen
consent-withheld = { client-then } erhält dadurch nicht
consent-withheld-password = Ihr Passwort
consent-withheld-others = Was Sie in anderen Anwendungen tun
consent-optional = { $claim ->
   *[other] freiwillig
 }
consent-allow = Zulassen
consent-deny = Ablehnen

scope-offline_access = Verbunden bleiben
scope-offline_access-detail = { client-then } darf all dies auch in Ihrer Abwesenheit nutzen, bis der Zugriff endet oder widerrufen wird.

claim-name = Name
claim-given_name = Vorname
claim-middle_name = Weiterer Vorname
claim-family_name = Nachname
claim-nickname = Spitzname
claim-preferred_username = Benutzername
claim-username = Anmeldename
claim-picture = Bild
claim-email = E‑Mail-Adresse
claim-email_verified = E‑Mail-Adresse bestätigt
claim-phone_number = Telefonnummer
claim-phone_number_verified = Telefonnummer bestätigt
claim-address = Postanschrift
claim-birthdate = Geburtsdatum
claim-gender = Geschlecht
claim-gender-female = weiblich
claim-gender-male = männlich
claim-profile = Profilseite
claim-website = Website
claim-zoneinfo = Zeitzone
claim-locale = Sprache
claim-updated_at = Zuletzt geändert
claim-groups = Gruppen

language-of = { $tag ->
    [ar] Arabisch
    [bg] Bulgarisch
    [ca] Katalanisch
    [cs] Tschechisch
    [da] Dänisch
    [de] Deutsch
    [el] Griechisch
    [en] Englisch
    [es] Spanisch
    [et] Estnisch
    [fa] Persisch
    [fi] Finnisch
    [fr] Französisch
    [he] Hebräisch
    [hi] Hindi
    [hr] Kroatisch
    [hu] Ungarisch
    [id] Indonesisch
    [it] Italienisch
    [ja] Japanisch
    [ko] Koreanisch
    [lt] Litauisch
    [lv] Lettisch
    [nb] Norwegisch
    [nl] Niederländisch
    [no] Norwegisch
    [pl] Polnisch
    [pt] Portugiesisch
    [ro] Rumänisch
    [ru] Russisch
    [sk] Slowakisch
    [sl] Slowenisch
    [sr] Serbisch
    [sv] Schwedisch
    [th] Thailändisch
    [tr] Türkisch
    [uk] Ukrainisch
    [vi] Vietnamesisch
    [zh] Chinesisch
   *[other] { $tag }
 }

# Akkusativ, nach „Warten Sie“.
time-seconds =
    { $count ->
        [one] eine Sekunde
       *[other] { $count } Sekunden
    }
time-minutes =
    { $count ->
        [one] eine Minute
       *[other] { $count } Minuten
    }
time-hours =
    { $count ->
        [one] eine Stunde
       *[other] { $count } Stunden
    }
time-days =
    { $count ->
        [one] einen Tag
       *[other] { $count } Tage
    }

date = { $day }. { $month ->
    [1] Januar
    [2] Februar
    [3] März
    [4] April
    [5] Mai
    [6] Juni
    [7] Juli
    [8] August
    [9] September
    [10] Oktober
    [11] November
   *[12] Dezember
 } { $year }
date-without-year = { $day }. { $month ->
    [1] Januar
    [2] Februar
    [3] März
    [4] April
    [5] Mai
    [6] Juni
    [7] Juli
    [8] August
    [9] September
    [10] Oktober
    [11] November
   *[12] Dezember
 }

select-title = Konto auswählen
select-lead = Sie sind hier bereits angemeldet.
select-lead-for = um mit { $named ->
    [no] einer Anwendung ohne Namen
   *[yes] { $client }
 } fortzufahren
select-continue = Weiter als { $name }
select-other = Anderes Konto verwenden

sign-out-title = Von { $operator } abmelden?
sign-out-text = Wenn eine Anwendung das nächste Mal fragt, wer Sie sind, müssen Sie sich neu anmelden.
sign-out-submit = Abmelden
sign-out-stay = Angemeldet bleiben
stayed-title = Sie sind weiterhin angemeldet
stayed-text = Es hat sich nichts geändert. Sie können dieses Fenster schließen.

signed-out-title = Sie sind abgemeldet
signed-out-text = Sie können dieses Fenster schließen. Wenn auch andere dieses Gerät benutzen, schließen Sie den gesamten Browser.
nobody-title = Hier ist niemand angemeldet
nobody-text = Ihr Browser hat kein Anmelde-Cookie gesendet, also wurde niemand abgemeldet. Wenn Sie angemeldet sein sollten, lassen Sie Cookies für diese Website zu und versuchen Sie es noch einmal.

error-code = Fehler
error-detail = Ursache
error-reference = Referenz
error-link = Dieser Link ist nicht verwendbar
error-link-text = Die Anwendung hat Sie mit einer Anfrage hierhergeschickt, die nicht sicher beantwortet werden kann. Es wurde nichts weitergegeben. Gehen Sie zurück und versuchen Sie es noch einmal. Geschieht es wieder, senden Sie die folgenden Zeilen an das Entwicklungsteam der Anwendung.
error-unknown_application = Diese Anwendung ist hier nicht bekannt
error-unknown_application-text = Eine Anwendung, die hier nicht registriert ist, hat Sie hierhergeschickt. Es wurde nichts weitergegeben. Wenn Sie sich anmelden wollten, senden Sie die folgenden Zeilen an das Entwicklungsteam der Anwendung.
error-expired = Diese Seite kann nicht mehr verwendet werden
error-expired-text = Sie ist zu alt, oder ihre Adresse ist unvollständig oder hier nicht mehr gültig. Ihre Eingaben wurden nicht verwendet. Gehen Sie zurück zur Anwendung und beginnen Sie dort neu.
error-answered = Sie sind schon zurückgekehrt
error-answered-text = Diese Seite hat Sie zurück zur Anwendung gebracht; das tut sie nur eine Minute lang. Sie können sie schließen. Hat es nicht geklappt, beginnen Sie in der Anwendung noch einmal.
error-cookies = Ihr Browser hat kein Cookie gesendet
error-cookies-text = Für die Anmeldung sind Cookies nötig, und Ihr Browser hat keines an diese Website gesendet. Es wurde nichts weitergegeben. Erlauben Sie Cookies für diese Website oder öffnen Sie die Seite in einem anderen Browser, und beginnen Sie dann neu.
error-sign_in_needed = Sie sind nicht angemeldet
error-sign_in_needed-text = Diese Seite ist nur für angemeldete Personen. Gehen Sie zurück zur Anwendung und melden Sie sich dort an.
error-too_large = Das war zu viel auf einmal
error-too_large-text = Es wurde mehr gesendet, als hier angenommen wird, deshalb wurde nichts davon verwendet. Gehen Sie zurück und versuchen Sie es mit weniger.
error-not_found = Seite nicht gefunden
error-not_found-text = Vielleicht enthält die Adresse einen Tippfehler, oder die Seite wurde verschoben. Prüfen Sie die Adresse, oder beginnen Sie in der Anwendung neu.
error-not_a_page = Diese Adresse ist keine Seite
error-not_a_page-text = Anwendungen senden ihre Anfragen hierher; in einem Browser gibt es nichts zu sehen. Beginnen Sie in der Anwendung, die Sie verwenden möchten.
error-server = Hier ist etwas schiefgegangen
error-server-text = Der Fehler liegt bei uns, nicht bei Ihnen, und es wurde nichts weitergegeben. Versuchen Sie es gleich noch einmal. Geschieht es wieder, nennen Sie uns die unten stehende Referenz.
error-busy = Zurzeit ausgelastet
error-busy-text = In diesem Moment kommen mehr Anfragen an, als beantwortet werden können. Warten Sie einige Sekunden und laden Sie die Seite dann neu.

form-post-text = Wenn Sie nicht automatisch weitergeleitet werden, wählen Sie „{ form-post-submit }“.
form-post-submit = Weiter
moving-on-close = Sobald die Anwendung geöffnet ist, können Sie dieses Fenster schließen.
