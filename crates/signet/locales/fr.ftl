language-name = Français
language-direction = ltr

footer-privacy = Politique de confidentialité de { $name }
footer-terms = Conditions d’utilisation de { $name }
footer-help = Aide
footer-languages = Langue

signed-in-as = Vous utilisez le compte de { $name }.
title-wrong = Échec de connexion
title-wait = Veuillez patienter
title-faults = À corriger
title-again = Page renouvelée
start-again = Recommencer
back = Retour à l’application
back-to = { $named ->
    [no] { back }
   *[yes] Retour à { $client }
 }
client-nameless = Application sans nom
# Within a sentence, at the beginning of one, and where it was named before.
client-in = { $named ->
    [no] une application sans nom
   *[yes] { $client }
 }
client-first = { $named ->
    [no] Une application sans nom
   *[yes] { $client }
 }
client-then = { $named ->
    [no] L’application
   *[yes] { $client }
 }
unchecked = Cette application s’est enregistrée elle-même : personne ici ne l’a vérifiée.
unchecked-document = Cette application n’est connue ici que par une description qu’elle publie elle-même : personne ici ne l’a vérifiée.
unchecked-home = Elle est décrite sur { $home }.
unchecked-answer-site = Ce que vous autorisez est transmis à { $site }.
unchecked-answer-device = Ce que vous autorisez est transmis à un programme de cet appareil.
unchecked-answer-scheme = Ce que vous autorisez est transmis à l’application qui ouvre les liens { $site } sur cet appareil.
unchecked-person-site = Cette page mène à { $site }.
unchecked-person-device = Cette page mène à un programme de cet appareil.
unchecked-person-scheme = Cette page mène à l’application qui ouvre les liens { $site } sur cet appareil.
lives-device = Un programme de cet appareil
lives-scheme = L’application qui ouvre les liens { $site } sur cet appareil

again-expired = Cette page est restée ouverte trop longtemps ; elle a été renouvelée.
again-answered = Cette page avait déjà reçu une réponse ; elle a été renouvelée.
again-other_browser = Cette page a été ouverte d’abord dans un autre navigateur, ou son cookie est absent ; elle a été renouvelée.
again-account_changed = Depuis que vous avez ouvert cette page, quelqu’un s’est connecté ou déconnecté dans ce navigateur. Veuillez répondre à nouveau, pour le compte affiché ici.
again-signed_out = Depuis que vous avez ouvert cette page, votre session a été fermée dans ce navigateur. Veuillez vous reconnecter.
again-data_changed = Le contenu de cette page a changé depuis que vous l’avez ouverte. Veuillez le relire et répondre à nouveau.
again-unused = Votre envoi n’a pas été pris en compte. Veuillez recommencer.

login-title = Connexion
login-lead = Connectez-vous avec votre compte { $operator }.
login-lead-for = Connectez-vous avec votre compte { $operator } pour continuer vers { client-in }.
login-username = Nom d’utilisateur
login-username-or-email = Nom d’utilisateur ou adresse e‑mail
login-password = Mot de passe
login-submit = Se connecter
login-trouble = Un problème pour vous connecter ?
login-wrong = Ce nom et ce mot de passe ne correspondent pas.
login-tries-left =
    { $tries ->
        [one] Il reste un essai avant de devoir attendre.
       *[other] Il reste { $tries } essais avant de devoir attendre.
    }
login-wait = Trop d’essais. Attendez { $time }, puis réessayez.
login-wait-network = Trop de connexions ont échoué sur votre réseau ; cela ne dit rien de votre propre mot de passe. Attendez { $time }, puis réessayez.
login-wait-help = Les essais d’autres personnes peuvent en être la cause. Un navigateur dans lequel vous vous êtes déjà connecté ici vous permettra peut-être de le faire tout de suite ; sinon, { $operator } peut vous aider.
login-busy = Beaucoup de personnes se connectent en ce moment, si bien que votre mot de passe n’a pas été vérifié. Attendez quelques secondes, puis réessayez.
login-locked = Ce compte est verrouillé. Adressez-vous à { $operator } pour le faire déverrouiller.
login-again = Votre session est déjà ouverte. Veuillez vous connecter à nouveau pour confirmer que c’est bien vous.
login-again-as = Vous utilisez le compte de { $name }. Veuillez vous connecter à nouveau pour confirmer que c’est bien vous.
login-another = Votre session est ouverte, mais l’application attend un autre compte. Veuillez vous connecter avec ce compte.
login-another-as = Vous utilisez le compte de { $name }, mais l’application attend un autre compte. Veuillez vous connecter avec celui-ci.
login-another-now = C’était le compte de { $name }, mais l’application attend un autre compte. Veuillez vous connecter avec celui-ci, ou revenir à l’application.
login-stronger = Cette étape demande une connexion plus sûre. Veuillez vous connecter à nouveau.
login-stronger-by = Cette étape exige davantage : { $label }. Veuillez vous connecter à nouveau.
login-no-account = Pas encore de compte ?
login-sign-up = Créer un compte

sign-up-title = Créer un compte
sign-up-lead = Vous créez votre compte chez { $operator }.
sign-up-lead-for = Vous créez votre compte chez { $operator } ; vous continuerez ensuite vers { client-in }.
sign-up-ends = La création d’un autre compte mettra fin à cette session.
sign-up-faults = Veuillez corriger les champs signalés et saisir à nouveau le mot de passe.
sign-up-username-taken = Ce nom est déjà pris, ou ressemble à un nom déjà pris. Choisissez-en un autre.
sign-up-username-reserved = Ce nom est réservé, ou ressemble à un nom réservé. Choisissez-en un autre.
sign-up-username-malformed = Un nom d’utilisateur se compose de lettres courantes d’un seul alphabet, de chiffres et de signes de ponctuation, sans espaces ni caractères invisibles.
sign-up-password-hint = Au moins 8 caractères. Plusieurs mots se retiennent mieux que quelques caractères spéciaux.
sign-up-password-short = Ce mot de passe est trop court. Utilisez au moins 8 caractères.
sign-up-password-long = Ce mot de passe est trop long. Choisissez-en un plus court.
sign-up-password-malformed = Il contient un caractère invisible, peut-être à la suite d’une copie. Saisissez-le plutôt au clavier.
sign-up-password-common = Ce mot de passe fait partie des premiers que quelqu’un d’autre essaierait. Choisissez-en un autre.
sign-up-name = Nom
sign-up-name-malformed = Écrivez le nom sur une seule ligne et en caractères visibles.
sign-up-email = Adresse e‑mail
sign-up-email-malformed = Ce n’est pas une adresse e‑mail comme nom@example.org.
sign-up-email-taken = Quelqu’un d’autre a cette adresse pour nom d’utilisateur. Donnez-en une autre, ou aucune.
sign-up-submit = Créer le compte
sign-up-wait = Trop d’inscriptions sont venues de votre réseau ; cela ne dit rien de ce que vous avez saisi. Attendez { $time }, puis réessayez.
sign-up-known = Vous avez déjà un compte ?

consent-title = Se connecter à { client-in } avec votre compte ?
consent-title-access = Accorder un accès à { client-in } ?
consent-lead = { client-first } utilise votre compte { $operator }, { $name }, pour vous connecter.
consent-lead-access = { client-first } demande un accès au moyen de votre compte { $operator }, { $name }.
consent-not-you = Ce n’est pas vous ?
consent-more-than = { client-then } demande plus que ce que vous aviez autorisé. Ce qui est nouveau est signalé.
consent-new = { $claim ->
    [picture] nouvelle
    [email] nouvelle
    [email_verified] nouvelle
    [address] nouvelle
    [birthdate] nouvelle
    [profile] nouvelle
    [locale] nouvelle
    [updated_at] nouvelle
    [groups] nouveaux
   *[other] nouveau
 }
consent-sees = { client-then } verra
consent-known-as = Identifiant
consent-known-as-public = le même identifiant pour toutes les applications, ainsi que la date et le mode de connexion
consent-known-as-pairwise = un identifiant réservé à cette application, ainsi que la date et le mode de connexion
consent-known-as-sector = un identifiant réservé aux applications de { $site }, ainsi que la date et le mode de connexion
consent-known-as-ephemeral = un identifiant pour cette connexion seulement, ainsi que sa date et son mode
consent-known-as-username = votre nom d’utilisateur, { $name }, ainsi que la date et le mode de connexion
consent-verified = { $claim ->
    [email] confirmée
   *[other] confirmé
 }
consent-not-verified = { $claim ->
    [email] non confirmée
   *[other] non confirmé
 }
consent-yes = oui
consent-no = non
consent-more =
    { $count ->
        [one] et { $count } autre
       *[other] et { $count } autres
    }
consent-whole = Tout afficher
consent-source = provenant de { $source }
consent-absent = Également demandé, mais non renseigné :
consent-differing = Également demandé, mais seulement avec une autre valeur que la vôtre :
consent-allows = { client-then } pourra
consent-permission = Utiliser l’autorisation { $scope }
consent-withheld = Cet accord ne donne pas { $named ->
    [no] à l’application
   *[yes] à { $client }
 }
consent-withheld-password = Votre mot de passe
consent-withheld-others = Ce que vous faites dans d’autres applications
consent-optional = { $claim ->
    [email] facultative
   *[other] facultatif
 }
consent-allow = Autoriser
consent-deny = Refuser

scope-offline_access = Garder l’accès
scope-offline_access-detail = { client-then } pourra utiliser tout cela aussi en votre absence, jusqu’à ce que cet accès prenne fin ou soit retiré.

claim-name = Nom complet
claim-given_name = Prénom
claim-middle_name = Deuxième prénom
claim-family_name = Nom de famille
claim-nickname = Surnom
claim-preferred_username = Nom d’utilisateur
claim-username = Identifiant de connexion
claim-picture = Photo
claim-email = Adresse e‑mail
claim-email_verified = Adresse e‑mail confirmée
claim-phone_number = Numéro de téléphone
claim-phone_number_verified = Numéro de téléphone confirmé
claim-address = Adresse postale
claim-birthdate = Date de naissance
claim-gender = Genre
claim-gender-female = femme
claim-gender-male = homme
claim-profile = Page de profil
claim-website = Site web
claim-zoneinfo = Fuseau horaire
claim-locale = Langue
claim-updated_at = Dernière modification
claim-groups = Groupes

language-of = { $tag ->
    [ar] arabe
    [bg] bulgare
    [ca] catalan
    [cs] tchèque
    [da] danois
    [de] allemand
    [el] grec
    [en] anglais
    [es] espagnol
    [et] estonien
    [fa] persan
    [fi] finnois
    [fr] français
    [he] hébreu
    [hi] hindi
    [hr] croate
    [hu] hongrois
    [id] indonésien
    [it] italien
    [ja] japonais
    [ko] coréen
    [lt] lituanien
    [lv] letton
    [nb] norvégien
    [nl] néerlandais
    [no] norvégien
    [pl] polonais
    [pt] portugais
    [ro] roumain
    [ru] russe
    [sk] slovaque
    [sl] slovène
    [sr] serbe
    [sv] suédois
    [th] thaï
    [tr] turc
    [uk] ukrainien
    [vi] vietnamien
    [zh] chinois
   *[other] { $tag }
 }

time-seconds =
    { $count ->
        [one] une seconde
       *[other] { $count } secondes
    }
time-minutes =
    { $count ->
        [one] une minute
       *[other] { $count } minutes
    }
time-hours =
    { $count ->
        [one] une heure
       *[other] { $count } heures
    }
time-days =
    { $count ->
        [one] un jour
       *[other] { $count } jours
    }

date = { $day ->
    [1] 1er
   *[other] { $day }
 } { $month ->
    [1] janvier
    [2] février
    [3] mars
    [4] avril
    [5] mai
    [6] juin
    [7] juillet
    [8] août
    [9] septembre
    [10] octobre
    [11] novembre
   *[12] décembre
 } { $year }
date-without-year = { $day ->
    [1] 1er
   *[other] { $day }
 } { $month ->
    [1] janvier
    [2] février
    [3] mars
    [4] avril
    [5] mai
    [6] juin
    [7] juillet
    [8] août
    [9] septembre
    [10] octobre
    [11] novembre
   *[12] décembre
 }

select-title = Choisissez un compte
select-lead = Une session est déjà ouverte ici.
select-lead-for = pour continuer vers { client-in }
select-continue = Continuer en tant que { $name }
select-other = Utiliser un autre compte

sign-out-title = Se déconnecter de { $operator } ?
sign-out-text = La prochaine fois qu’une application demandera qui vous êtes, vous devrez vous connecter à nouveau.
sign-out-submit = Se déconnecter
sign-out-stay = Garder la session ouverte
stayed-title = Votre session reste ouverte
stayed-text = Rien n’a changé. Vous pouvez fermer cette fenêtre.

signed-out-title = Votre session est fermée
signed-out-text = Vous pouvez fermer cette fenêtre. Si d’autres personnes utilisent cet appareil, fermez complètement le navigateur.
nobody-title = Aucune session n’est ouverte ici
nobody-text = Votre navigateur n’a envoyé aucun cookie de session, et aucune session n’a donc été fermée. Si vous pensiez avoir une session ouverte, autorisez les cookies de ce site et réessayez.

error-code = Erreur
error-detail = Cause
error-reference = Référence
error-link = Ce lien ne peut pas être utilisé
error-link-text = L’application a transmis une demande à laquelle il n’est pas possible de répondre en toute sécurité. Rien n’a été partagé. Retournez à l’application et réessayez ; si cela se reproduit, envoyez à ses développeurs les lignes ci-dessous.
error-unknown_application = Cette application n’est pas connue ici
error-unknown_application-text = La demande vient d’une application qui n’est pas enregistrée ici. Rien n’a été transmis. Si vous vouliez vous connecter, envoyez à ses développeurs les lignes ci-dessous.
error-expired = Cette page n’est plus utilisable
error-expired-text = Elle est trop ancienne, ou son adresse est incomplète ou n’est plus valable ici. Ce que vous avez saisi n’a pas été utilisé. Retournez à l’application et recommencez.
error-answered = Le retour a déjà eu lieu
error-answered-text = Cette page vous a fait revenir à l’application, ce qu’elle ne fait que pendant une minute. Vous pouvez la fermer. Si cela n’a pas fonctionné, recommencez depuis l’application.
error-cookies = Votre navigateur n’a pas envoyé de cookie
error-cookies-text = La connexion a besoin de cookies, et votre navigateur n’en a envoyé aucun à ce site. Rien n’a été transmis. Autorisez les cookies pour ce site, ou ouvrez la page dans un autre navigateur, puis recommencez.
error-sign_in_needed = Aucune session n’est ouverte
error-sign_in_needed-text = Cette page est réservée aux personnes connectées. Retournez à l’application et connectez-vous depuis celle-ci.
error-too_large = L’envoi est trop volumineux
error-too_large-text = L’envoi dépasse ce qui est accepté ici ; il n’a donc pas été traité. Revenez en arrière et réessayez avec moins de données.
error-not_found = Page introuvable
error-not_found-text = L’adresse est peut-être mal écrite, ou la page a été déplacée. Vérifiez l’adresse, ou recommencez depuis l’application.
error-not_a_page = Cette adresse n’est pas une page
error-not_a_page-text = Les applications y envoient leurs requêtes ; il n’y a rien à voir dans un navigateur. Commencez depuis l’application que vous voulez utiliser.
error-server = Une erreur s’est produite
error-server-text = L’erreur vient de nous, pas de vous, et rien n’a été transmis. Réessayez dans un instant ; si cela se reproduit, indiquez-nous la référence ci-dessous.
error-busy = Service momentanément saturé
error-busy-text = Les demandes sont en ce moment trop nombreuses. Attendez quelques secondes, puis rechargez cette page.

form-post-text = Si la redirection n’est pas automatique, appuyez sur « { form-post-submit } ».
form-post-submit = Continuer
moving-on-close = Vous pourrez fermer cette fenêtre dès que l’application sera ouverte.
