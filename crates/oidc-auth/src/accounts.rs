//! The accounts that a run may work in.

use std::fmt;
use std::str::FromStr;

/// Digits of an AWS account number.
const LENGTH: usize = 12;

/// One or more account numbers of twelve digits, from a list with commas or white space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedAccounts(Vec<String>);

impl AllowedAccounts {
    /// Whether the account is among them.
    #[must_use]
    pub fn contains(&self, account: &str) -> bool {
        self.0.iter().any(|allowed| allowed == account)
    }
}

impl fmt::Display for AllowedAccounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

/// What is wrong with a list of accounts; reads on from the variable's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAccounts {
    /// These items are no account numbers.
    #[error(
        "must list account numbers of twelve digits; not {}",
        .0.iter().map(|item| format!("`{item}`")).collect::<Vec<_>>().join(", ")
    )]
    Accounts(Vec<String>),
    /// Nothing but separators.
    #[error("must list at least one account number")]
    Empty,
}

impl FromStr for AllowedAccounts {
    type Err = InvalidAccounts;

    fn from_str(text: &str) -> Result<Self, InvalidAccounts> {
        let items = text.split(|character: char| character == ',' || character.is_whitespace());
        let accounts: Vec<String> = items.filter(|item| !item.is_empty()).map(str::to_owned).collect();
        let is_account = |item: &str| item.len() == LENGTH && item.bytes().all(|byte| byte.is_ascii_digit());
        if accounts.is_empty() {
            return Err(InvalidAccounts::Empty);
        }
        let (valid, others): (Vec<String>, Vec<String>) =
            accounts.into_iter().partition(|item| is_account(item));
        if others.is_empty() { Ok(Self(valid)) } else { Err(InvalidAccounts::Accounts(others)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_accounts() {
        let accounts: AllowedAccounts = "111122223333, 444455556666\n000000000000".parse().expect("a list");
        assert_eq!(accounts.to_string(), "111122223333, 444455556666, 000000000000");
        assert!(accounts.contains("444455556666") && !accounts.contains("123456789012"));
        for (text, fault) in [
            (",", InvalidAccounts::Empty),
            ("1111-2222-3333", InvalidAccounts::Accounts(vec!["1111-2222-3333".into()])),
            ("x 111122223333 12345678901", InvalidAccounts::Accounts(vec!["x".into(), "12345678901".into()])),
        ] {
            assert_eq!(text.parse::<AllowedAccounts>(), Err(fault), "{text}");
        }
    }
}
