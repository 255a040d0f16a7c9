//! What is in an object: the parts it came in, which are put together when somebody reads them.

use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;

use bytes::{Bytes, BytesMut};

/// The bytes of an object. S3 completes an upload of many parts without moving them; to put gigabytes together here
/// would make whoever uploads them wait, and be measured with them. Once read, they are in memory twice.
#[derive(Clone, Default)]
pub struct Body {
    pieces: Vec<Bytes>,
    /// The same in one, once it was read.
    whole: OnceLock<Bytes>,
}

impl Body {
    /// How many bytes there are. Reads nothing.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pieces.iter().map(Bytes::len).sum()
    }

    /// Whether there are none. Reads nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Deref for Body {
    type Target = Bytes;

    fn deref(&self) -> &Bytes {
        if let [only] = &self.pieces[..] {
            return only;
        }
        self.whole.get_or_init(|| {
            let mut whole = BytesMut::with_capacity(self.len());
            for piece in &self.pieces {
                whole.extend_from_slice(piece);
            }
            whole.freeze()
        })
    }
}

impl<T: Into<Bytes>> From<T> for Body {
    fn from(whole: T) -> Self {
        Self::from_iter([whole.into()])
    }
}

impl FromIterator<Bytes> for Body {
    fn from_iter<T: IntoIterator<Item = Bytes>>(pieces: T) -> Self {
        Self { pieces: pieces.into_iter().collect(), whole: OnceLock::new() }
    }
}

impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Body {}

impl fmt::Debug for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_one_body() {
        for pieces in [&[][..], &[""], &["hello"], &["he", "llo"], &["", "hel", "", "l", "o"]] {
            let whole = pieces.concat();
            let body: Body = pieces.iter().map(|piece| Bytes::from_static(piece.as_bytes())).collect();
            assert_eq!((body.len(), body.is_empty()), (whole.len(), whole.is_empty()), "{pieces:?}");
            assert_eq!(body.as_ref(), whole.as_bytes());
            assert_eq!(body, Body::from(whole));
        }
        assert_ne!(Body::from("hello"), Body::from("hallo"));
    }
}
