demo-home-title = Zie wat een applicatie ziet
demo-home-text = Deze applicatie kent je nog niet. Log in met { $operator } en ze laat alles zien wat ze te weten is gekomen.
demo-sign-in = Inloggen met { $operator }
demo-result-title = Hallo, { $name }
demo-result-text = Dit is alles wat { $operator } deze applicatie over je heeft verteld.
demo-refreshed =
    { $times ->
        [one] De tokens zijn sinds het inloggen één keer vernieuwd.
       *[other] De tokens zijn sinds het inloggen { $times } keer vernieuwd.
    }
demo-claims = Over jou
demo-claim = Gegeven
demo-value = Waarde
demo-no-claims = Behalve het ID-token is er niets gedeeld.
demo-id-token = ID-token
demo-header = Header
demo-payload = Inhoud
demo-tokens = Tokens
demo-access-token = Access-token
demo-lifetime = Geldig gedurende
demo-seconds =
    { $seconds ->
        [one] één seconde
       *[other] { $seconds } seconden
    }
demo-scope = Scope
demo-refresh-token = Refresh-token
demo-yes = ja
demo-no = nee
demo-refresh = Tokens vernieuwen
demo-denied = Je hebt het niet toegestaan
demo-denied-text = Dat is prima: deze applicatie is niets over je te weten gekomen. Je kunt het altijd opnieuw proberen.
demo-error = Het inloggen is niet gelukt
demo-error-text = Deze applicatie is niets over je te weten gekomen. Dit is het antwoord dat ze kreeg.
demo-again = Opnieuw proberen
