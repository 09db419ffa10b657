demo-home-title = Voir ce que voit une application
demo-home-text = Cette application ne vous connaît pas encore. Connectez-vous avec { $operator }, et elle vous montrera tout ce qu’elle a appris.
demo-sign-in = Se connecter avec { $operator }
demo-result-title = Bonjour, { $name }
demo-result-text = C’est tout ce que { $operator } a dit de vous à cette application.
demo-refreshed =
    { $times ->
        [one] Les jetons ont été renouvelés une fois depuis la connexion.
       *[other] Les jetons ont été renouvelés { $times } fois depuis la connexion.
    }
demo-claims = À votre sujet
demo-claim = Information
demo-value = Valeur
demo-no-claims = Rien n’a été transmis en dehors du jeton d’identité.
demo-id-token = Jeton d’identité
demo-header = En-tête
demo-payload = Contenu
demo-tokens = Jetons
demo-access-token = Jeton d’accès
demo-lifetime = Valable pendant
demo-seconds =
    { $seconds ->
        [one] { $seconds } seconde
       *[other] { $seconds } secondes
    }
demo-scope = Portée
demo-refresh-token = Jeton de renouvellement
demo-yes = oui
demo-no = non
demo-refresh = Renouveler les jetons
demo-denied = Vous n’avez pas donné votre accord
demo-denied-text = Aucun problème : cette application n’a rien appris sur vous. Vous pouvez réessayer quand vous voulez.
demo-error = La connexion n’a pas abouti
demo-error-text = Cette application n’a rien appris sur vous. Voici la réponse qu’elle a reçue.
demo-again = Réessayer
