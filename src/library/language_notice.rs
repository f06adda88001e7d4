//! The notice for a question in a language that no wording uses, written in that language.
//! It never says that the document does not answer the question, because the bot did not understand it.

use crate::matching::Language;

/// The most languages that a notice offers. More are not useful to somebody who speaks none of the first ones.
pub const OFFERED_MAX: usize = 3;

/// The notice for a question in `asked`, which offers the languages of the wordings (at most [`OFFERED_MAX`]).
///
/// Languages are named as their speakers name them, after a colon, so that no sentence has to inflect them.
#[must_use]
pub fn language_notice(asked: Language, offered: impl IntoIterator<Item = Language>) -> String {
    let names: Vec<&str> = offered.into_iter().take(OFFERED_MAX).map(Language::endonym).collect();
    let notice = cannot_read(asked);
    if names.is_empty() {
        return notice.to_owned();
    }
    format!("{notice} {} {}", please_ask_in(asked), names.join(", "))
}

/// "I cannot read questions in …", in the language itself.
fn cannot_read(language: Language) -> &'static str {
    match language {
        Language::English => "I cannot read questions in English.",
        Language::Japanese => "日本語の質問は読めません。",
        Language::Chinese => "我无法读懂中文问题。",
        Language::Korean => "한국어로 된 질문은 읽을 수 없습니다.",
        Language::Russian => "Я не понимаю вопросов на русском языке.",
        Language::Ukrainian => "Я не розумію запитань українською мовою.",
        Language::German => "Fragen auf Deutsch kann ich nicht lesen.",
        Language::French => "Je ne peux pas lire les questions en français.",
        Language::Spanish => "No puedo leer preguntas en español.",
        Language::Portuguese => "Não consigo ler perguntas em português.",
        Language::Italian => "Non posso leggere domande in italiano.",
        Language::Dutch => "Vragen in het Nederlands kan ik niet lezen.",
        Language::Polish => "Nie potrafię czytać pytań po polsku.",
        Language::Turkish => "Türkçe soruları okuyamıyorum.",
        Language::Arabic => "لا أستطيع قراءة الأسئلة المكتوبة بالعربية.",
        Language::Hebrew => "איני יכול לקרוא שאלות בעברית.",
        Language::Hindi => "मैं हिन्दी में लिखे सवाल नहीं पढ़ सकता।",
        Language::Thai => "ไม่สามารถอ่านคำถามภาษาไทยได้",
        Language::Vietnamese => "Tôi không đọc được câu hỏi bằng tiếng Việt.",
        Language::Indonesian => "Saya tidak dapat membaca pertanyaan dalam bahasa Indonesia.",
        Language::Swedish => "Jag kan inte läsa frågor på svenska.",
        Language::Greek => "Δεν μπορώ να διαβάσω ερωτήσεις στα ελληνικά.",
    }
}

/// "Please ask in one of these languages:", for one language or several.
fn please_ask_in(language: Language) -> &'static str {
    match language {
        Language::English => "Please ask in:",
        Language::Japanese => "次の言語で質問してください:",
        Language::Chinese => "请用以下语言提问:",
        Language::Korean => "다음 언어로 질문해 주세요:",
        Language::Russian => "Языки, на которых можно задать вопрос:",
        Language::Ukrainian => "Мови, якими можна поставити запитання:",
        Language::German => "Sprachen, die ich lesen kann:",
        Language::French => "Langues que je peux lire :",
        Language::Spanish => "Idiomas que puedo leer:",
        Language::Portuguese => "Idiomas que consigo ler:",
        Language::Italian => "Lingue che posso leggere:",
        Language::Dutch => "Talen die ik kan lezen:",
        Language::Polish => "Języki, w których można zadać pytanie:",
        Language::Turkish => "Soru sorulabilecek diller:",
        Language::Arabic => "اللغات التي يمكن السؤال بها:",
        Language::Hebrew => "שפות שבהן אפשר לשאול:",
        Language::Hindi => "इन भाषाओं में सवाल पूछे जा सकते हैं:",
        Language::Thai => "ภาษาที่ใช้ถามได้:",
        Language::Vietnamese => "Ngôn ngữ có thể dùng để hỏi:",
        Language::Indonesian => "Bahasa yang dapat digunakan:",
        Language::Swedish => "Språk som jag kan läsa:",
        Language::Greek => "Γλώσσες που μπορώ να διαβάσω:",
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;

    use super::{OFFERED_MAX, language_notice};
    use crate::matching::{Language, detect_language};

    /// A notice is two short sentences, so that it stays readable on a phone.
    const NOTICE_CHARS_MAX: usize = 200;

    #[test]
    fn notices_are_short_and_in_their_language() {
        let mut longest: Vec<Language> = Language::ALL.to_vec();
        longest.sort_by_key(|language| Reverse(language.endonym().chars().count()));
        for &asked in Language::ALL {
            let notice = language_notice(asked, longest.iter().copied());
            assert!(notice.chars().count() <= NOTICE_CHARS_MAX, "{notice}");
            assert_eq!(detect_language(&language_notice(asked, [])), Some(asked), "{asked:?}");
        }
    }

    #[test]
    fn notices_name_the_languages_that_are_offered() {
        for (offered, notice) in [
            (&[][..], "Fragen auf Deutsch kann ich nicht lesen."),
            (
                &[Language::English][..],
                "Fragen auf Deutsch kann ich nicht lesen. Sprachen, die ich lesen kann: English",
            ),
            (
                Language::ALL,
                "Fragen auf Deutsch kann ich nicht lesen. Sprachen, die ich lesen kann: English, 日本語, 中文",
            ),
        ] {
            assert_eq!(language_notice(Language::German, offered.iter().copied()), notice);
        }
        assert_eq!(OFFERED_MAX, 3);
    }
}
