//! Question detection, for channels in which the bot answers without being mentioned.
//! A missed question costs less there than an unwanted answer, so in doubt a message is not a question.

use super::han::is_han;
use crate::knowledge::wording::{normalise, start_of_question};

/// The number of words at the start of a message among which a question word counts, as in "hey all, so why did …".
const OPENING_WORDS: usize = 4;

/// Whether the text ends with a question mark of any script, or a question word is near its start.
#[must_use]
pub fn looks_like_question(text: &str) -> bool {
    let text = start_of_question(text);
    looks_like_question_in(text, &normalise(text))
}

/// Like [`looks_like_question`], for a text whose normal form is known.
pub(super) fn looks_like_question_in(text: &str, normal: &str) -> bool {
    let ending = text.trim_end_matches(|letter: char| !letter.is_alphanumeric() && !is_question_mark(letter));
    if normal.is_empty() {
        return false;
    }
    ending.ends_with(is_question_mark)
        || normal.split(' ').next().is_some_and(opens_question)
        || normal.split(' ').take(OPENING_WORDS).any(is_question_word)
        || asks_in_japanese(normal)
        || asks_in_chinese(normal)
        || asks_in_korean(normal)
}

/// Question marks: Latin, full-width, small, Arabic, Greek (U+037E, which looks like a semicolon), Armenian, Ethiopic,
/// the doubled and mixed ones, and the interrobang.
pub(super) fn is_question_mark(letter: char) -> bool {
    matches!(letter, '?' | '？' | '؟' | '\u{37E}' | '՞' | '፧' | '⁇' | '⁈' | '⁉' | '‽' | '﹖')
}

/// Words that mark a question anywhere near the start, in English, German, French, Spanish and Russian. Omits words
/// that mean something else in another of these languages.
pub(super) fn is_question_word(word: &str) -> bool {
    matches!(
        word,
        "what"
            | "who"
            | "whom"
            | "whose"
            | "when"
            | "where"
            | "why"
            | "which"
            | "how"
            | "whether"
            | "warum"
            | "wieso"
            | "welche"
            | "welcher"
            | "wann"
            | "pourquoi"
            | "comment"
            | "quand"
            | "quel"
            | "quelle"
            | "porque"
            | "cuando"
            | "donde"
            | "quien"
            | "почему"
            | "зачем"
            | "кто"
            | "когда"
            | "где"
            | "какой"
            | "сколько"
    )
}

/// Words that mark a question only as the first word: "did Abe …", "tell me …".
pub(super) fn opens_question(word: &str) -> bool {
    matches!(
        word,
        "is" | "are"
            | "was"
            | "were"
            | "am"
            | "do"
            | "does"
            | "did"
            | "has"
            | "have"
            | "had"
            | "can"
            | "could"
            | "will"
            | "would"
            | "should"
            | "shall"
            | "may"
            | "might"
            | "must"
            | "explain"
            | "describe"
            | "define"
            | "tell"
    )
}

/// Japanese marks a question by its ending, often without a question mark.
fn asks_in_japanese(normal: &str) -> bool {
    ["ですか", "ますか", "でしょうか", "ましたか", "のか"].iter().any(|ending| normal.ends_with(ending))
}

/// Chinese marks a question by a question word, a final particle, or a verb repeated around a negation ("是不是"). The
/// normal form has a space between clauses, and one clause suffices.
fn asks_in_chinese(normal: &str) -> bool {
    /// The clauses that are examined: more than a message has before its question.
    const CLAUSES_MAX: usize = 32;
    let mut clauses = normal.split(' ').filter(|clause| clause.contains(is_han));
    !normal.is_ascii() && !normal.contains(is_kana) && clauses.by_ref().take(CLAUSES_MAX).any(clause_asks_in_chinese)
}

fn is_kana(letter: char) -> bool {
    matches!(letter, '\u{3041}'..='\u{30FF}')
}

fn clause_asks_in_chinese(clause: &str) -> bool {
    /// The longest clause whose final 呢 means "what about …". In a longer one it is an emphasis.
    const TOPIC_CHARS_MAX: usize = 6;
    let contains_any = |words: &[&str]| words.iter().any(|word| clause.contains(word));
    if clause.ends_with(['吗', '嗎']) {
        return true;
    }
    if contains_any(&CHINESE_INDEFINITES) {
        return false;
    }
    let asks_for_topic = clause.ends_with('呢')
        && clause.chars().count() <= TOPIC_CHARS_MAX
        && !clause.contains(['还', '還', '正', '着', '著', '才', '可', '都', '在', '早']);
    contains_any(&CHINESE_QUESTION_WORDS) || asks_for_topic || repeats_around_negation(clause)
}

/// Chinese question words, in simplified and traditional letters. Words that are as common in statements, such as 几
/// ("some"), count only in combinations.
const CHINESE_QUESTION_WORDS: [&str; 33] = [
    "什么", "什麼", "甚麼", "甚么", "为何", "為何", "谁", "誰", "哪", "怎么", "怎麼", "怎样", "怎樣", "咋", "如何",
    "多少", "是否", "何时", "何時", "何处", "何處", "多久", "多大", "几点", "幾點", "几岁", "幾歲", "几号", "幾號",
    "第几", "第幾", "请问", "請問",
];

/// Phrases in which a Chinese question word means "anything", "everyone", or what somebody does not know.
const CHINESE_INDEFINITES: [&str; 43] = [
    "不知道",
    "我知道",
    "不清楚",
    "不明白",
    "不管",
    "不论",
    "不論",
    "无论",
    "無論",
    "没什么",
    "沒什麼",
    "没有什么",
    "沒有什麼",
    "什么都",
    "什麼都",
    "什么也",
    "什麼也",
    "什么的",
    "什麼的",
    "谁都",
    "誰都",
    "谁也",
    "誰也",
    "怎么都",
    "怎麼都",
    "怎么也",
    "怎麼也",
    "不怎么",
    "不怎麼",
    "没怎么",
    "沒怎麼",
    "哪里都",
    "哪裡都",
    "哪儿都",
    "哪怕",
    "天哪",
    "多少有",
    "没多少",
    "沒多少",
    "没多久",
    "沒多久",
    "不久",
    "不多久",
];

/// Whether a letter is repeated around a negation, as in "是不是" and "有没有".
fn repeats_around_negation(clause: &str) -> bool {
    const ADVERBS: [&str; 4] = ["时不时", "時不時", "动不动", "動不動"];
    let letters: Vec<char> = clause.chars().collect();
    let repeats = letters.windows(3).any(|part| {
        matches!(part, [left, '不' | '没' | '沒', right] if left == right && ('\u{4E00}'..='\u{9FFF}').contains(left))
    });
    repeats && !ADVERBS.iter().any(|adverb| clause.contains(adverb))
}

/// Korean marks a question by the ending of its last word, or by a question word unless that ending states something.
fn asks_in_korean(normal: &str) -> bool {
    if normal.is_ascii() {
        return false;
    }
    let Some(last) = normal.split(' ').next_back().filter(|word| word.contains(is_hangul)) else { return false };
    if has_korean_question_ending(last) {
        return true;
    }
    const STATEMENT_ENDINGS: [&str; 8] = ["다", "라", "자", "네요", "모르겠어", "모르겠어요", "몰라", "몰라요"];
    !STATEMENT_ENDINGS.iter().any(|ending| last.ends_with(ending)) && normal.split(' ').any(is_korean_question_word)
}

fn is_hangul(letter: char) -> bool {
    matches!(letter, '\u{AC00}'..='\u{D7A3}')
}

/// The number of the final consonant of a Hangul syllable in Unicode's order; 0 if it has none.
fn final_consonant(syllable: char) -> u32 {
    const SYLLABLES_START: u32 = 0xAC00;
    const FINALS: u32 = 28;
    u32::from(syllable).saturating_sub(SYLLABLES_START) % FINALS
}

/// Whether the word ends like a question: "-습니까", "-ㄹ까", "-나요", "-ㄴ가요", "-는가", "-냐". The ending "-니까" without
/// the consonant ㅂ before it means "because".
fn has_korean_question_ending(word: &str) -> bool {
    const FINAL_N: u32 = 4;
    const FINAL_L: u32 = 8;
    const FINAL_B: u32 = 17;
    /// Verbs whose stem ends in 나, so that "-나요" is their statement.
    const STEMS: [&str; 9] = ["만나", "일어나", "끝나", "나타나", "태어나", "떠나", "지나", "생각나", "화나"];
    let plain = word.strip_suffix('요').unwrap_or(word);
    let mut back = plain.chars().rev();
    let (last, before, third) = (back.next(), back.next(), back.next());
    let has_final =
        |syllable: Option<char>, consonant| syllable.is_some_and(|letter| final_consonant(letter) == consonant);
    match (last, before) {
        (Some('까'), Some('니')) => has_final(third, FINAL_B),
        (Some('까'), _) => has_final(before, FINAL_L),
        (Some('나'), Some(_)) => plain != word && !STEMS.iter().any(|stem| plain.ends_with(stem)),
        (Some('가'), Some('는' | '은' | '인' | '던')) => true,
        (Some('가'), _) => plain != word && has_final(before, FINAL_N),
        (Some('냐'), Some(_)) => plain == word,
        _ => false,
    }
}

/// Whether the word is a Korean question word, perhaps with a particle. With the particles 나, 든, 도 and 보다 it means
/// "anybody", "whenever" or "nobody".
fn is_korean_question_word(word: &str) -> bool {
    const WORDS: [&str; 15] = [
        "왜",
        "왜요",
        "뭐",
        "뭐가",
        "뭐야",
        "뭐예요",
        "뭐에요",
        "뭐라고",
        "뭐지",
        "뭘",
        "누가",
        "무슨",
        "어때",
        "어때요",
        "어째서",
    ];
    const STEMS: [&str; 7] = ["무엇", "누구", "언제", "어디", "어떻게", "얼마", "어떤"];
    const INDEFINITE_PARTICLES: [&str; 8] = ["나", "든", "든지", "든가", "도", "라도", "보다", "선가"];
    if WORDS.contains(&word) || word == "얼마나" {
        return true;
    }
    STEMS.iter().any(|stem| word.starts_with(stem))
        && !INDEFINITE_PARTICLES.iter().any(|particle| word.ends_with(particle))
}

#[cfg(test)]
mod tests {
    use super::looks_like_question;

    #[test]
    fn questions_are_distinguished_from_remarks() {
        for (text, asks) in [
            ("Why did Abe want closer ties?", true),
            ("abe wanted closer ties?", true),
            ("why did abe want closer ties", true),
            ("hey all, so why did abe do it", true),
            ("did abe want closer ties", true),
            ("Really? \u{1F914}", true),
            ("本当ですか", true),
            ("本当？", true),
            ("لماذا؟", true),
            ("Γιατί\u{37E}", true),
            ("почему он так сделал", true),
            ("I think so too.", false),
            ("nice weather today", false),
            ("he said that he did", false),
            ("???", false),
            ("", false),
        ] {
            assert_eq!(looks_like_question(text), asks, "{text:?}");
        }
    }

    #[test]
    fn chinese_questions_need_no_question_mark() {
        for (text, asks) in [
            ("安倍为什么想接近俄罗斯", true),
            ("安倍為什麼想接近俄羅斯", true),
            ("纳瓦尼是谁", true),
            ("文章怎么说北方领土", true),
            ("在哪里可以买到", true),
            ("日本和俄罗斯有和平条约吗", true),
            ("他是不是首相", true),
            ("有没有折扣", true),
            ("那俄罗斯呢", true),
            ("运费多少钱", true),
            ("如何升到10级", true),
            ("现在几点", true),
            ("大家好，请问一下运费", true),
            ("我读完了。安倍想要什么", true),
            ("你知道为什么", true),
            ("我不知道他为什么这样做", false),
            ("没什么", false),
            ("谁都知道这件事", false),
            ("无论如何我都支持他", false),
            ("我觉得这篇文章很好", false),
            ("安倍想接近俄罗斯", false),
            ("他还在睡觉呢", false),
            ("几个人来了", false),
            ("他时不时来这里", false),
            ("日本の首相は誰もが知っている", false),
            ("谢谢", false),
        ] {
            assert_eq!(looks_like_question(text), asks, "{text:?}");
        }
    }

    #[test]
    fn korean_questions_need_no_question_mark() {
        for (text, asks) in [
            ("아베는 왜 러시아에 접근하려 했나요", true),
            ("나발니가 누구야", true),
            ("그 섬은 누구의 것입니까", true),
            ("스가는 무엇을 해야 할까", true),
            ("같이 갈까요", true),
            ("평화 조약이 있나요", true),
            ("중국의 역할은 무엇인가요", true),
            ("배송비는 얼마예요", true),
            ("주문을 어떻게 취소해요", true),
            ("다음 업데이트는 언제", true),
            ("그게 사실인가", true),
            ("얼마나 걸려요", true),
            ("이게 뭐냐", true),
            ("날씨가 좋으니까", false),
            ("내일 만나요", false),
            ("집에 가요", false),
            ("누구나 알아요", false),
            ("언제든지 오세요", false),
            ("어떤 사람이 왔다", false),
            ("왜 그런지 모르겠어요", false),
            ("저도 그렇게 생각합니다", false),
            ("감사합니다", false),
            ("오늘 휴가", false),
        ] {
            assert_eq!(looks_like_question(text), asks, "{text:?}");
        }
    }
}
