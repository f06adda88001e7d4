//! Rendering of ordinary and hostile texts.

use proptest::prelude::*;

use super::*;

struct Fixed;

impl MentionNames for Fixed {
    fn mention(&self, reference: &str) -> Option<String> {
        (reference == "@1").then(|| "@footnote".to_owned())
    }
}

#[test]
fn texts_render_as_in_discord() {
    let link = |address: &str, text: &str| {
        format!("<a target=\"_blank\" rel=\"noopener noreferrer nofollow\" href=\"{address}\">{text}</a>")
    };
    for (text, html) in [
        ("plain", "<p>plain</p>".to_owned()),
        ("one\ntwo", "<p>one<br>two</p>".to_owned()),
        ("one\n\ntwo", "<p>one</p><p>two</p>".to_owned()),
        (
            "**b** *i* _i_ __u__ ~~s~~ ~t~ `c`",
            "<p><strong>b</strong> <em>i</em> <em>i</em> <u>u</u> <s>s</s> ~t~ <code>c</code></p>".to_owned(),
        ),
        ("__**both**__ ***three***", "<p><u><strong>both</strong></u> <em><strong>three</strong></em></p>".to_owned()),
        ("> “words”\n> — there\nafter", "<blockquote><p>“words”<br>— there</p></blockquote><p>after</p>".to_owned()),
        ("a\n>>> b\nc", "<p>a</p><blockquote><p>b<br>c</p></blockquote>".to_owned()),
        (">no quote", "<p>&gt;no quote</p>".to_owned()),
        ("-# small *print*", "<p><small>small <em>print</em></small></p>".to_owned()),
        ("# One\n## Two\n### Three\n#### four", "<h3>One</h3><h4>Two</h4><h5>Three</h5><p>#### four</p>".to_owned()),
        ("- one\n- two", "<ul><li>one</li><li>two</li></ul>".to_owned()),
        ("3. three\n4. four", "<ol start=\"3\"><li>three</li><li>four</li></ol>".to_owned()),
        ("```rust\n<b> & **x**\n```", "<pre><code>&lt;b&gt; &amp; **x**\n</code></pre>".to_owned()),
        ("title\n---\n===", "<p>title<br>---<br>===</p>".to_owned()),
        ("***", "<p>***</p>".to_owned()),
        ("a\n\n    b", "<p>a</p><p>b</p>".to_owned()),
        ("<@1> and <@2>", "<p><span class=\"mention\">@footnote</span> and &lt;@2&gt;</p>".to_owned()),
        ("`<@1>` @everyone", "<p><code>&lt;@1&gt;</code> <span class=\"mention\">@everyone</span></p>".to_owned()),
        (
            "<t:1795494387:F> <t:0> <t:-1> <t:1:x> <t:99999999999999>",
            "<p><time datetime=\"2026-11-24T04:26:27Z\" data-style=\"F\">2026-11-24T04:26:27Z</time> \
             <time datetime=\"1970-01-01T00:00:00Z\" data-style=\"f\">1970-01-01T00:00:00Z</time> \
             &lt;t:-1&gt; &lt;t:1:x&gt; &lt;t:99999999999999&gt;</p>"
                .to_owned(),
        ),
        (
            "- one\ntwo\n1. three\nfour",
            "<ul><li>one</li></ul><p>two</p><ol start=\"1\"><li>three</li></ol><p>four</p>".to_owned(),
        ),
        ("- one\n  more\n- two", "<ul><li>one<br>more</li><li>two</li></ul>".to_owned()),
        ("[it](https://a.example/?b=1&c=2)", format!("<p>{}</p>", link("https://a.example/?b=1&amp;c=2", "it"))),
        (
            "see https://a.example/b_c_d, ok",
            format!("<p>see {}, ok</p>", link("https://a.example/b_c_d", "https://a.example/b_c_d")),
        ),
        ("<https://a.example>", format!("<p>{}</p>", link("https://a.example", "https://a.example"))),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>".to_owned()),
        ("&amp; &lt;", "<p>&amp;amp; &amp;lt;</p>".to_owned()),
        (
            "<b>**x**</b><script>alert(1)</script>",
            "<p>&lt;b&gt;<strong>x</strong>&lt;/b&gt;&lt;script&gt;alert(1)&lt;/script&gt;</p>".to_owned(),
        ),
        ("<!-- no\n\ncomment -->", "<p>&lt;!-- no</p><p>comment --&gt;</p>".to_owned()),
    ] {
        assert_eq!(blocks(text, &Fixed), html, "{text:?}");
    }
}

#[test]
fn titles_contain_no_block_elements() {
    for (text, html) in [("# *Why* <b>?", "<em>Why</em> &lt;b&gt;?"), ("- one\n- two", "onetwo"), ("1. x", "x")] {
        assert_eq!(inline(text, &Fixed), html, "{text:?}");
    }
}

/// The tags that may occur in the output.
const ALLOWED: [&str; 21] = [
    "p",
    "br",
    "em",
    "strong",
    "u",
    "s",
    "code",
    "pre",
    "blockquote",
    "small",
    "h3",
    "h4",
    "h5",
    "ul",
    "ol",
    "li",
    "span",
    "time",
    "a",
    "ol start",
    "span class",
];

fn check(html: &str) -> Result<(), TestCaseError> {
    let mut open = Vec::new();
    for part in html.split('<').skip(1) {
        let (tag, _) = part.split_once('>').ok_or_else(|| TestCaseError::fail(format!("unclosed: {html}")))?;
        let name = tag.trim_start_matches('/').split(' ').next().unwrap_or_default();
        prop_assert!(ALLOWED.contains(&name), "{}", html);
        if let Some(name) = tag.strip_prefix('/') {
            prop_assert_eq!(open.pop(), Some(name.to_owned()), "{}", html);
        } else if name != "br" {
            open.push(name.to_owned());
        }
    }
    prop_assert!(open.is_empty(), "{}", html);
    Ok(())
}

proptest! {
    #[test]
    fn only_allowed_elements_are_rendered_and_all_are_closed(
        text in "([-<>&*_~`#\\[\\]()!:/.@ \n=|\"'a-c1]|https?://|javascript:|<script|```|>>> |-# |<@1>|<t:1:R>|\u{FDD0}){0,60}"
    ) {
        check(&blocks(&text, &Fixed))?;
        check(&inline(&text, &Fixed))?;
    }
}
