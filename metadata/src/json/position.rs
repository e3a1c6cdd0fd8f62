//! Where in a document something stands. Bare metal tells nobody, so nothing counts there.

pub(crate) use kind::Position;

#[cfg(not(target_os = "none"))]
mod kind {
    /// Bytes from the first of a document.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Position(usize);

    impl Position {
        /// The first byte.
        pub(crate) const START: Self = Self(0);

        /// So many bytes behind this one.
        pub(crate) const fn after(self, bytes: usize) -> Self {
            Self(self.0.saturating_add(bytes))
        }

        /// So many bytes before this one.
        pub(crate) const fn before(self, bytes: usize) -> Self {
            Self(self.0.saturating_sub(bytes))
        }

        /// The bytes before it.
        pub(crate) const fn get(self) -> usize {
            self.0
        }
    }
}

#[cfg(target_os = "none")]
mod kind {
    /// What is not counted.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Position;

    impl Position {
        pub(crate) const START: Self = Self;

        pub(crate) const fn after(self, _: usize) -> Self {
            self
        }

        pub(crate) const fn before(self, _: usize) -> Self {
            self
        }

        pub(crate) const fn get(self) -> usize {
            0
        }
    }
}
