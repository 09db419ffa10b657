demo-home-title = Sehen, was eine Anwendung sieht
demo-home-text = Diese Anwendung kennt Sie noch nicht. Melden Sie sich mit { $operator } an, und sie zeigt Ihnen alles, was sie erfahren hat.
demo-sign-in = Mit { $operator } anmelden
demo-result-title = Guten Tag, { $name }
demo-result-text = Das ist alles, was { $operator } dieser Anwendung über Sie gesagt hat.
demo-refreshed =
    { $times ->
        [one] Die Token wurden seit der Anmeldung einmal erneuert.
       *[other] Die Token wurden seit der Anmeldung { $times }-mal erneuert.
    }
demo-claims = Über Sie
demo-claim = Angabe
demo-value = Wert
demo-no-claims = Außer dem ID-Token wurde nichts weitergegeben.
demo-id-token = ID-Token
demo-header = Kopf
demo-payload = Inhalt
demo-tokens = Token
demo-access-token = Access-Token
demo-lifetime = Gültig für
demo-seconds =
    { $seconds ->
        [one] eine Sekunde
       *[other] { $seconds } Sekunden
    }
demo-scope = Umfang
demo-refresh-token = Refresh-Token
demo-yes = ja
demo-no = nein
demo-refresh = Token erneuern
demo-denied = Sie haben es nicht zugelassen
demo-denied-text = Das ist in Ordnung: Diese Anwendung hat nichts über Sie erfahren. Sie können es jederzeit noch einmal versuchen.
demo-error = Die Anmeldung ist fehlgeschlagen
demo-error-text = Diese Anwendung hat nichts über Sie erfahren. Hier ist die Antwort, die sie bekommen hat.
demo-again = Noch einmal versuchen
