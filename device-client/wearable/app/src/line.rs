//! The line to the gateway: one question at a time.

use sealift_device::Object;
use sealift_device::limits::{LINK_ADDRESS_BYTES, LINK_ANSWER_MILLISECONDS, LINK_FRAME_BYTES};
use sealift_device::link::{Answer, Call, Receiver, Reply, Request};
use sealift_metadata::Time;
use sealift_wearable_board::clock::Clock;
use sealift_wearable_board::{Uart, watchdog};

/// Bytes of an object that are asked for at once.
pub(crate) const DATA_BYTES: u16 = if cfg!(feature = "microbit") { 256 } else { 512 };

/// Bytes of a buffer for answers.
pub(crate) const BUFFER_BYTES: usize = DATA_BYTES as usize + LINK_FRAME_BYTES;

/// Cycles between two looks at the line; a byte takes twenty times as long.
const LOOK_CYCLES: u32 = 100;

/// The line, and the time that it was told.
pub(crate) struct Line {
    uart: Uart,
    clock: Clock,
    receiver: Receiver<'static>,
    number: u16,
    /// What the gateway called the time, and when it did, in milliseconds since the start.
    hint: Option<(Time, u32)>,
}

impl Line {
    /// The line. The first question gets `number`.
    pub(crate) const fn new(
        uart: Uart,
        clock: Clock,
        buffer: &'static mut [u8],
        number: u16,
    ) -> Self {
        Self {
            uart,
            clock,
            receiver: Receiver::new(buffer),
            number,
            hint: None,
        }
    }

    /// Asks for bytes of an object. `true` when a [reply](Self::reply) came, `false` when the link
    /// is dead.
    pub(crate) fn fetch(&mut self, object: &Object, offset: u64, max: usize) -> bool {
        let Some(address) = object.address::<LINK_ADDRESS_BYTES>() else {
            return false;
        };
        self.wait_for(Request::Bytes {
            address: &address,
            offset,
            max: u16::try_from(max).map_or(DATA_BYTES, |max| max.min(DATA_BYTES)),
        })
    }

    /// The reply that was waited for last.
    pub(crate) fn reply(&self) -> Option<Reply<'_>> {
        Answer::read(self.receiver.message()).map(|answer| answer.reply)
    }

    /// Asks for the time. What nobody signed is a hint: it can keep an update back, and lets
    /// nothing pass that was not valid at some time after everything that was seen.
    pub(crate) fn ask_time(&mut self) {
        if self.wait_for(Request::Time)
            && let Some(Reply::Time(seconds)) = self.reply()
        {
            let time = Time::from_seconds(seconds);
            self.hint = Some((time, self.clock.milliseconds()));
        }
    }

    /// Asks, again and again where no answer comes; `false` when the link is dead.
    #[inline(never)]
    fn wait_for(&mut self, request: Request<'_>) -> bool {
        self.number = self.number.wrapping_add(1);
        let mut call = Call::new(request, self.number);
        while call.send(|bytes| self.uart.send(bytes)) {
            let start = self.clock.milliseconds();
            while self.clock.milliseconds().wrapping_sub(start) < LINK_ANSWER_MILLISECONDS {
                let Some(byte) = self.uart.receive() else {
                    watchdog::feed();
                    cortex_m::asm::delay(LOOK_CYCLES);
                    continue;
                };
                let message = self.receiver.take(byte);
                if message.is_some_and(|message| call.answer(message).is_some()) {
                    return true;
                }
            }
        }
        false
    }

    /// The time now, as far as it is known.
    pub(crate) fn now(&self) -> Time {
        let Some((time, at)) = self.hint else {
            return Time::EPOCH;
        };
        let since = self.clock.milliseconds().wrapping_sub(at);
        time.plus(u64::from(since / 1000))
    }

    /// Lets some time pass.
    pub(crate) fn wait(&self, seconds: u64) {
        for _ in 0..seconds {
            watchdog::feed();
            self.clock.wait(1000);
        }
    }
}
