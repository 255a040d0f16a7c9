//! IAM policy documents and their evaluation: pure, and every verdict says which statement decided and why.
//!
//! Understood are the string, ARN, `Bool` and `Null` condition operators, alone, with `IfExists` and behind
//! `ForAnyValue:` or `ForAllValues:`. Of policy variables only `${*}`, `${?}` and `${$}` mean something here, in every
//! version of the language; the others (`${aws:username}`) are compared as plain text.

mod condition;
mod context;
mod document;
mod evaluation;
mod pattern;
mod principal;
mod verdict;

pub(crate) use self::pattern::matches;

pub use self::context::Context;
pub use self::document::{Conditions, Effect, PolicyDocument, Statement, Values};
pub use self::evaluation::{Request, evaluate};
pub use self::pattern::literal;
pub use self::principal::{Caller, Principal};
pub use self::verdict::{Mismatch, Miss, StatementId, Verdict};
