//! Words of sign-in pages, which no application has to itself: in the languages of the pages what is on them,
//! and in others what most people know from elsewhere.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::words;

/// What the pages of a provider speak of, also as parts of what words come to together: `sign in`.
const SIGN_IN: &[&str] = &[
    "account accounts abmelden afmelden anmelden anmeldung aanmelden authentification benutzerkonto",
    "benutzername compte comptes connecter connectez connexion d\u{e9}connecter d\u{e9}connexion",
    "einloggen gebruikersnaam identification inloggen inlogpagina inlogscherm kennwort konten konto",
    "login logoff logon logout motdepasse nomdutilisateur password passwords passwort signin signoff",
    "signon signout signup uitloggen username wachtwoord",
    // Spanish, Portuguese, Swedish, Danish, Norwegian, Turkish, Vietnamese, Hindi, Russian.
    "cerrarsesi\u{f3}n iniciarsesi\u{f3}n iniciarsess\u{e3}o loggain logind logginn oturuma\u{e7}",
    "\u{111}\u{103}ngnh\u{1ead}p लॉगइन साइनइन учётнаязапись учетнаязапись",
];

/// The same as whole words only.
const ALONE: &[&str] = &[
    "sso",
    // Spanish, Portuguese, Italian, Romanian.
    "accede accedi accesso acceda conta contrase\u{f1}a cuenta entrar ingresar senha autentificare",
    "conectare",
    // Polish, Czech, Hungarian, Finnish, Greek.
    "has\u{142}o logowanie zaloguj p\u{159}ihl\u{e1}sit p\u{159}ihl\u{e1}\u{161}en\u{ed}",
    "bejelentkez\u{e9}s kirjaudu σύνδεση",
    // Russian, Ukrainian.
    "авторизация аккаунт войти вход логин пароль вхід увійти",
    // Turkish, Indonesian.
    "giri\u{15f} \u{15f}ifre masuk",
    // Arabic, Persian, Hebrew.
    "الدخول ورود התחברות כניסה",
];

/// What stands around them on such pages, and is a word like any other elsewhere.
const AROUND: &[&str] = &[
    "again center centre change confirm enter expired forgot forgotten here name new now out page",
    "recover recovery required reset screen server single update verification verify confirmation off",
    // German.
    "best\u{e4}tigen erforderlich erneut erstellen \u{e4}ndern hier jetzt neu neues vergessen wieder",
    "zur\u{fc}cksetzen",
    // French.
    "changer confirmer cr\u{e9}er ici maintenant modifier nom nouveau oubli\u{e9} requise",
    "r\u{e9}initialiser veuillez v\u{e9}rifier",
    // Dutch.
    "aanmaken bevestigen nieuw nu opnieuw pagina resetten vereist vergeten wijzigen",
    // Others.
    "iniciar sesi\u{f3}n sess\u{e3}o cerrar tu su la il tuo si\u{119} se si do yap yap\u{131}n",
    "a\u{e7} oturum \u{111}\u{103}ng nh\u{1ead}p logga logg ind inn sis\u{e4}\u{e4}n запись учётная",
    "учетная в на систему تسجيل लॉग साइन इन करें به",
];

/// Of languages that put nothing between words.
const UNSPACED: &[&str] = &[
    "ログイン ログオン ログアウト サインイン サインアウト パスワード アカウント 登录 登陆 登錄 登入 登出 密码 密碼 账号 账户 帳號 帳戶 로그인 로그아웃 비밀번호 계정",
    "เข้าสู่ระบบ",
];

/// What they put around them.
const UNSPACED_AROUND: &[&str] = &[
    "画面 ページ してください する の に を が お 必要 です 再設定 変更 リセット 忘れた 方 请 請 用户 用戶 使用者 页面 頁面 页 頁 重置 重設 忘记 忘記 修改 您的 我的",
    "하기 페이지 화면 찾기 변경 재설정",
];

static SIGN_IN_LOOKS: LazyLock<BTreeSet<String>> = LazyLock::new(|| looks(SIGN_IN));
static ALONE_LOOKS: LazyLock<BTreeSet<String>> = LazyLock::new(|| looks(ALONE));
static AROUND_LOOKS: LazyLock<BTreeSet<String>> = LazyLock::new(|| looks(AROUND));
static UNSPACED_LOOKS: LazyLock<BTreeSet<String>> = LazyLock::new(|| looks(UNSPACED));
/// Longest first.
static UNSPACED_PARTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut parts: Vec<String> = looks(UNSPACED).into_iter().chain(looks(UNSPACED_AROUND)).collect();
    parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
    parts
});

fn looks(lists: &[&str]) -> BTreeSet<String> {
    let words: Vec<&str> = lists.iter().flat_map(|list| list.split(' ')).collect();
    words::looks(&words)
}

/// Those that say nothing of an application, as they look.
pub(super) fn words() -> impl Iterator<Item = String> {
    [SIGN_IN, ALONE, UNSPACED].into_iter().flat_map(looks)
}

/// Whether a word is usual on sign-in pages, although it says something elsewhere.
pub(super) fn is_usual(look: &str) -> bool {
    AROUND_LOOKS.contains(look) || is_unspaced(look)
}

/// Whether usual words speak of signing in, taken together: `sign in` as well as `signin`.
pub(super) fn speak_of_it(words: &[&str]) -> bool {
    let joined = words.concat();
    SIGN_IN_LOOKS.iter().chain(&*UNSPACED_LOOKS).any(|word| joined.contains(word.as_str()))
        || words.iter().any(|word| ALONE_LOOKS.contains(*word))
}

/// Whether it has nothing but words of a language that puts nothing between them.
fn is_unspaced(look: &str) -> bool {
    let mut rest = look;
    while let Some(shorter) = UNSPACED_PARTS.iter().find_map(|part| rest.strip_prefix(part.as_str())) {
        rest = shorter;
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::super::Title;

    #[test]
    fn a_title_of_words_of_signing_in_is_the_providers() {
        let names = "Sign in|Sign-in|Login|Log in to your account|My account|Anmelden|Ihr Konto|Passwort|Connexion|\
            Se connecter|Mot de passe|Inloggen|Wachtwoord|\u{1d0f}\u{274} \u{29f}\u{1d0f}\u{262}\u{26a}\u{274}|\u{24c1}ogin|\
            Reset password|Change password|Password reset|Verify your account|Login page|Login required|\
            Sign in here|Sign in again|Sign in required|Login Server|Login Screen|Single sign-on|SSO|Sign out|Log out|\
            Username|User name|Username and password|Create an account|\
            Passwort vergessen|Passwort \u{e4}ndern|PASSWORT \u{c4}NDERN|Konto erstellen|Anmeldung erforderlich|\
            Jetzt anmelden|Hier anmelden|Erneut anmelden|Benutzername|Abmelden|\
            Mot de passe oubli\u{e9}|Changer le mot de passe|Veuillez vous connecter|Nom d'utilisateur|\
            Se d\u{e9}connecter|Cr\u{e9}er un compte|\
            Wachtwoord vergeten|Wachtwoord wijzigen|Opnieuw inloggen|Inlogpagina|Gebruikersnaam|Uitloggen|\
            Account aanmaken";
        for title in names.split('|') {
            assert!(Title::of(title).is_of_sign_in(), "{title}");
        }
    }

    #[test]
    fn so_it_is_in_the_languages_that_most_people_read() {
        let names = "ログイン|ﾛｸﾞｲﾝ|サインイン|ログイン画面|ログインページ|ログインしてください|パスワードの変更|\
            登录|登入|登錄|用户登录|请登录|忘记密码|重置密码|로그인|로그인 페이지|비밀번호 찾기|\
            Войти|ВОЙТИ|Вход|Вход в систему|Пароль|Увійти|Iniciar sesi\u{f3}n|INICIAR SESI\u{d3}N|Iniciar sess\u{e3}o|\
            Entrar|Accedi|Accesso|Zaloguj si\u{119}|Giri\u{15f} yap|Oturum a\u{e7}|تسجيل الدخول|Masuk|\
            \u{110}\u{103}ng nh\u{1ead}p|लॉग इन|लॉग इन करें|साइन इन|เข้าสู่ระบบ|Logga in|Log ind|P\u{159}ihl\u{e1}sit se|\
            Σύνδεση|ورود|כניסה|Contrase\u{f1}a";
        for title in names.split('|') {
            assert!(Title::of(title).is_of_sign_in(), "{title}");
        }
    }

    #[test]
    fn other_titles_may_have_such_words() {
        let names = "My App|Web|Support|Login Shell|Account Manager|Passwordless||Reset|Page|Change|Server|Now|\
            Access Online|Access Official|New Page|Accounting|Kontist|Loginom|Konto24|Landing Page|Status Page|\
            登山日記|ログ|日記帳|Заметки|Password Manager|Server Accounting|Update Center|Verify Email|Name Server";
        for title in names.split('|') {
            assert!(!Title::of(title).is_of_sign_in(), "{title}");
        }
    }
}
