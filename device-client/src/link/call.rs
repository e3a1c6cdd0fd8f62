//! One question, asked until it is answered or given up.

use super::message::{Answer, Reply, Request};
use crate::limits::LINK_ATTEMPTS;

/// A question on its way. It does no input or output and reads no clock:
///
/// 1. [`Call::send`] writes the request.
/// 2. Feed what arrives to a [`Receiver`](super::Receiver), and each message to [`Call::answer`].
/// 3. When nothing came for [`LINK_ANSWER_MILLISECONDS`](crate::limits::LINK_ANSWER_MILLISECONDS),
///    go on at 1, until `send` says that it was asked often enough.
#[derive(Debug)]
pub struct Call<'a> {
    request: Request<'a>,
    number: u16,
    sent: u8,
    about: u32,
}

impl<'a> Call<'a> {
    /// A question under a number, which should be another one than those of the questions before.
    pub const fn new(request: Request<'a>, number: u16) -> Self {
        Self {
            request,
            number,
            sent: 0,
            about: 0,
        }
    }

    /// Sends the request, for the first time or again. `false`, and nothing sent, after
    /// [`LINK_ATTEMPTS`]: the link is dead.
    pub fn send(&mut self, out: impl FnMut(&[u8])) -> bool {
        if self.sent >= LINK_ATTEMPTS {
            return false;
        }
        self.sent = self.sent.saturating_add(1);
        self.about = self.request.send(self.number, out);
        true
    }

    /// What a message says to this question; `None` when it answers another one, or says what
    /// nobody asked.
    pub fn answer<'m>(&self, message: &'m [u8]) -> Option<Reply<'m>> {
        let answer = Answer::read(message)?;
        let is_fitting = match (&self.request, answer.reply) {
            (_, Reply::Failed(_))
            | (Request::Bytes { .. }, Reply::Absent)
            | (Request::Time, Reply::Time(_)) => true,
            (Request::Bytes { max, .. }, Reply::Bytes { bytes, end }) => {
                bytes.len() <= usize::from(*max) && (end || !bytes.is_empty())
            }
            _ => false,
        };
        (self.sent > 0 && answer.about == self.about && is_fitting).then_some(answer.reply)
    }
}
