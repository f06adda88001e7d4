//! Everyday English: the frequencies of the commonest words, which words exist, and a sample of questions.
//! A knowledge file contains too little text to infer any of it.

/// The weight of [`FREQUENCIES`] relative to the file's own counts, in wordings: a file of this many wordings and the
/// table count equally.
pub(super) const PRIOR_WORDINGS: f32 = 400.0;

/// Words by the share of short English questions that contain them, rounded to the nearest of four levels. Our own
/// estimate, not taken from a list; only the order of magnitude matters. A word that is common in English says little
/// about the topic, even if only one wording of the file contains it.
const FREQUENCIES: [(f32, &str); 4] = [
    (0.25, "the to i is what a my do you of how in for can it and"),
    (
        0.06,
        "are was does did on me that with have not be will who why when where which from would about this at or if there \
         get want need please your we they he his as any an by has had so just could should am so tell know much many",
    ),
    (
        0.02,
        "she her him their them our us its these those were been being all some no yes but because than then too very \
         out up off into over after before while during through between without within against under again also only \
         more most other another such same own each every few less least make made go going come came give take put let \
         see look say said find think use help like now here time day way thing people one two first last new good \
         still ever never always really well back down may might must shall whose whom whether hi hello hey thanks ok \
         show work happen happened got mean long there keep try trying able possible since",
    ),
    (
        0.006,
        "ask asked call called something anything nothing everything someone anyone somebody anybody everyone thank \
         sorry welcome yeah sure maybe actually basically probably already yet soon today tomorrow yesterday week month \
         year years days hour hours minute minutes start started stop end read write hear heard talk told explain \
         describe question answer reason point part kind sort type lot lots bit different right wrong true best better \
         big small high low old next around along across away else instead both either neither enough own once twice \
         three four five ten hundred thousand million number second third little great bad real sure please want wants \
         wanted needs needed gets getting gives gave given takes took taken makes making goes gone does doing done having \
         says saying tells telling knows knew known thinks thought seems seem feel felt leave left mine yours \
         according towards toward upon per via etc regarding concerning despite though although however therefore \
         myself yourself himself itself themselves ourselves guys guy man mate dude friend bro lol haha idk lmao rofl omg \
         wtf tbh imo ngl af asap yo hiya heya bruh nah yep yup oh ah uh um ugh hmm cheers folks buddy quick q dumb silly \
         stupid curious wondering wonder random guess suppose supposed exactly literally honestly seriously totally \
         obviously somehow somewhere anyway besides otherwise stuff thingy ago couple chance trouble problem",
    ),
];

/// The commonest words, each with the share of English questions that contain it.
pub(super) fn common_words() -> impl Iterator<Item = (&'static str, f32)> {
    FREQUENCIES.into_iter().flat_map(|(share, words)| words.split_whitespace().map(move |word| (word, share)))
}

/// Three thousand everyday English words in their base forms; stemming covers the inflections. They are correctly
/// spelled, even if the file lacks them: without this list the spelling correction would turn "bike" into "like" and
/// "dessert" into "desert". Compiled for Footnote; the order does not matter.
pub(super) fn everyday_words() -> impl Iterator<Item = &'static str> {
    include_str!("english.txt").split_ascii_whitespace()
}

/// The words of [`CONVERSATION`]. They are correctly spelled, too.
pub(super) fn conversation_words() -> impl Iterator<Item = &'static str> {
    CONVERSATION.split_whitespace()
}

/// Words that keep a conversation going or name the text itself. Like the commonest words they say nothing about a
/// topic, but they are too rare to be among [`FREQUENCIES`].
const CONVERSATION: &str = "continue understand elaborate clarify repeat rephrase expand example examples detail details \
                            info information source sources proof evidence meaning thoughts idea mention mentions discuss \
                            essay text article document page book paper faq true huh hmm tho pls plz u ur wanna gonna dunno \
                            lemme gimme ya yep nope ikr omg matter important worth side";

/// Everyday questions and requests about all sorts of subjects, as people type them to any chat bot: a sample of the
/// questions that a particular text does not answer. Written for Footnote. One per line.
pub(super) fn everyday_questions() -> impl Iterator<Item = &'static str> {
    include_str!("everyday_questions.txt").lines()
}

/// The same in Chinese and Japanese. In a file without Han letters and kana they have no effect. Written for Footnote.
pub(super) fn everyday_unspaced_questions() -> impl Iterator<Item = &'static str> {
    include_str!("everyday_unspaced.txt").lines()
}

#[cfg(test)]
mod tests {
    use super::{everyday_questions, everyday_unspaced_questions, everyday_words};
    use crate::knowledge::wording::normalise;

    #[test]
    fn everyday_questions_are_distinct() {
        let mut questions: Vec<String> =
            everyday_questions().chain(everyday_unspaced_questions()).map(normalise).collect();
        let count = questions.len();
        questions.sort_unstable();
        questions.dedup();
        assert_eq!((questions.len(), questions.iter().any(String::is_empty)), (count, false));
    }

    #[test]
    fn everyday_words_are_lower_case_and_unique() {
        let mut words: Vec<&str> = everyday_words().collect();
        let count = words.len();
        assert!(words.iter().all(|word| word.chars().all(|letter| letter.is_ascii_lowercase())));
        words.sort_unstable();
        words.dedup();
        assert_eq!((words.len(), words.len() > 2000), (count, true));
    }
}
