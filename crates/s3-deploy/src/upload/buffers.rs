//! Memory for parts, used again: new memory has to be cleared by the system each time, which takes longer than to read a
//! part into it.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};

/// Buffers that are kept beside those in use. One that comes free is mostly taken at once, by the next part that waits for
/// its turn.
const IDLE: usize = 2;

/// Buffers that wait for their next part.
#[derive(Clone, Debug, Default)]
pub(crate) struct Buffers(Arc<Mutex<Vec<BytesMut>>>);

impl Buffers {
    /// A buffer of this length, in bytes, with anything in it.
    pub(super) fn take(&self, length: usize) -> BytesMut {
        let mut buffer = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        buffer.resize(length, 0);
        buffer
    }

    /// Keeps a buffer for another part, unless somebody still reads it.
    pub(super) fn give_back(&self, buffer: Bytes) {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE {
            idle.extend(buffer.try_into_mut().ok());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_used_again_once_nobody_reads_it() {
        let buffers = Buffers::default();
        let first = buffers.take(1000).freeze();
        let (place, reader) = (first.as_ptr(), first.clone());
        buffers.give_back(first);
        let second = buffers.take(1000);
        assert_ne!(second.as_ptr(), place);
        buffers.give_back(reader);
        let third = buffers.take(10);
        assert_eq!((third.as_ptr(), third.len()), (place, 10));
    }

    #[test]
    fn few_are_kept() {
        let buffers = Buffers::default();
        for _ in 0..=IDLE {
            buffers.give_back(vec![0; 8].into());
        }
        assert_eq!(buffers.0.lock().expect("unpoisoned").len(), IDLE);
    }
}
