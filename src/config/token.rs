//! The bot's token, which is never printed, and the check that other users of the machine cannot read its file.

use std::path::Path;

use super::error::ConfigError;

/// A bot's token. Its `Debug` output does not contain it.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// Parses the content of a variable or file, ignoring white space around it. `place` appears in errors.
    ///
    /// # Errors
    /// If the text cannot be a token.
    pub fn parse(text: &str, place: &str) -> Result<Self, ConfigError> {
        let refused = |found| Err(ConfigError::BadToken { place: place.into(), found });
        let token = text.trim();
        match token.strip_prefix("Bot ").unwrap_or(token) {
            "" => refused("nothing"),
            token if !token.chars().all(|letter| letter.is_ascii_graphic()) => {
                refused("white space or letters that no token has")
            }
            token => Ok(Self(token.into())),
        }
    }

    /// The token itself. Use it only to send it to Discord.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Token(…)")
    }
}

/// The permission bits for users who are neither the file's owner nor in its group.
const OTHERS: u32 = 0o007;

/// Returns a file's permissions if every user of this machine may read or change it, else `None`. A file that its group
/// may read is fine: services often get their secrets that way.
///
/// # Errors
/// If the file's permissions cannot be read.
pub fn open_to_others(path: &Path) -> std::io::Result<Option<u32>> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path)?.permissions().mode() & 0o777;
    Ok((mode & OTHERS != 0).then_some(mode))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_token_is_trimmed_and_never_printed() {
        let token = Token::parse(" Bot abc.def\n", "there").unwrap();
        assert_eq!(token.reveal(), "abc.def");
        assert!(!format!("{token:?}").contains("abc"));
        for bad in ["", "  ", "two words", "s3cret\nline", "naïve-s3cret"] {
            let error = Token::parse(bad, "there").unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
        }
    }

    #[test]
    fn a_file_for_its_owner_and_group_is_not_open_to_others() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token.txt");
        std::fs::write(&path, "abc").unwrap();
        for (mode, open) in
            [(0o600, false), (0o400, false), (0o640, false), (0o644, true), (0o602, true), (0o666, true)]
        {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(open_to_others(&path).unwrap(), open.then_some(mode), "{mode:o}");
        }
        assert!(open_to_others(&folder.path().join("absent")).is_err());
    }
}
