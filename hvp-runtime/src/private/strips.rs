//! Loops whose iterations run several at a time.

/// What iterations add up: a number, a tangent, or several of them.
pub trait Sums: Copy {
    /// Such a sum for each of `W` places, numbers of one kind side by side.
    type Places<const W: usize>;
    /// Nothing yet.
    const HVP_NONE: Self;
    /// Nothing in any place.
    fn hvp_nowhere<const W: usize>() -> Self::Places<W>;
    /// Adds to the sum of a place.
    fn hvp_add<const W: usize>(places: &mut Self::Places<W>, place: usize, other: Self);
    /// The sum over all places.
    fn hvp_folded<const W: usize>(places: Self::Places<W>) -> Self;
    /// Both.
    #[must_use]
    fn hvp_plus(self, other: Self) -> Self;
}

macro_rules! tuples {
    ($(($($part:ident $other:ident)+))*) => { $(
        impl<$($part: Sums),+> Sums for ($($part,)+) {
            type Places<const W: usize> = ($($part::Places<W>,)+);
            const HVP_NONE: Self = ($($part::HVP_NONE,)+);
            #[inline]
            fn hvp_nowhere<const W: usize>() -> Self::Places<W> {
                ($($part::hvp_nowhere::<W>(),)+)
            }
            #[expect(non_snake_case, reason = "a part has the name of its type")]
            #[inline]
            fn hvp_add<const W: usize>(($($part,)+): &mut Self::Places<W>, place: usize, ($($other,)+): Self) {
                $($part::hvp_add::<W>($part, place, $other);)+
            }
            #[expect(non_snake_case, reason = "a part has the name of its type")]
            #[inline]
            fn hvp_folded<const W: usize>(($($part,)+): Self::Places<W>) -> Self {
                ($($part::hvp_folded::<W>($part),)+)
            }
            #[expect(non_snake_case, reason = "a part has the name of its type")]
            #[inline]
            fn hvp_plus(self, other: Self) -> Self {
                let (($($part,)+), ($($other,)+)) = (self, other);
                ($($part.hvp_plus($other),)+)
            }
        }
    )* };
}

tuples! {
    (A AA B BB)
    (A AA B BB C CC)
    (A AA B BB C CC D DD)
    (A AA B BB C CC D DD E EE)
    (A AA B BB C CC D DD E EE F FF)
    (A AA B BB C CC D DD E EE F FF G GG)
    (A AA B BB C CC D DD E EE F FF G GG H HH)
    (A AA B BB C CC D DD E EE F FF G GG H HH I II)
    (A AA B BB C CC D DD E EE F FF G GG H HH I II J JJ)
    (A AA B BB C CC D DD E EE F FF G GG H HH I II J JJ K KK)
    (A AA B BB C CC D DD E EE F FF G GG H HH I II J JJ K KK L LL)
}

/// What a loop sees of memory, element by element or in strips of `W` elements.
pub trait Window: Sized {
    /// What an iteration sees: the element, or `&mut` to it.
    type Item<'i>;
    /// An element.
    type Element: Copy + 'static;
    /// The strips.
    type Strips<const W: usize>: Strips<Self::Element, W>;

    /// How many elements there are.
    fn hvp_len(&self) -> usize;
    /// The whole strips, and the elements behind them.
    fn hvp_strips<const W: usize>(self) -> (Self::Strips<W>, Self);
    /// The first `count`.
    #[must_use]
    fn hvp_cut(self, count: usize) -> Self;
    /// What iteration `at` sees.
    fn hvp_at(&mut self, at: usize) -> Self::Item<'_>;
    /// What iteration `k` sees of a strip that has been read.
    fn hvp_item<const W: usize>(strip: &mut [Self::Element; W], k: usize) -> Self::Item<'_>;
    /// What iteration `k` sees of the strip `at` where it stands.
    fn hvp_in_place<const W: usize>(strips: &mut Self::Strips<W>, at: usize, k: usize) -> Self::Item<'_>;
}

/// The strips of one window.
pub trait Strips<T, const W: usize>: Sized {
    /// How many there are.
    fn hvp_count(&self) -> usize;
    /// The first `count`: so the optimiser sees that all windows have as many.
    #[must_use]
    fn hvp_first(self, count: usize) -> Self;
    /// Reads one.
    fn hvp_read(&self, at: usize) -> [T; W];
    /// Writes it back, if it is writable.
    fn hvp_write(&mut self, at: usize, strip: [T; W]);
}

impl<T: Copy, const W: usize> Strips<T, W> for &[[T; W]] {
    #[inline]
    fn hvp_count(&self) -> usize {
        self.len()
    }
    #[inline]
    fn hvp_first(self, count: usize) -> Self {
        &self[..count]
    }
    #[inline]
    fn hvp_read(&self, at: usize) -> [T; W] {
        self[at]
    }
    #[inline]
    fn hvp_write(&mut self, _: usize, _: [T; W]) {}
}

impl<T: Copy, const W: usize> Strips<T, W> for &mut [[T; W]] {
    #[inline]
    fn hvp_count(&self) -> usize {
        self.len()
    }
    #[inline]
    fn hvp_first(self, count: usize) -> Self {
        &mut self[..count]
    }
    #[inline]
    fn hvp_read(&self, at: usize) -> [T; W] {
        self[at]
    }
    #[inline]
    fn hvp_write(&mut self, at: usize, strip: [T; W]) {
        self[at] = strip;
    }
}

impl<'a, T: Copy + 'static> Window for &'a [T] {
    type Item<'i> = T;
    type Element = T;
    type Strips<const W: usize> = &'a [[T; W]];

    #[inline]
    fn hvp_len(&self) -> usize {
        self.len()
    }
    #[inline]
    fn hvp_strips<const W: usize>(self) -> (Self::Strips<W>, Self) {
        self.as_chunks()
    }
    #[inline]
    fn hvp_cut(self, count: usize) -> Self {
        &self[..count]
    }
    #[inline]
    fn hvp_at(&mut self, at: usize) -> T {
        self[at]
    }
    #[inline]
    fn hvp_item<const W: usize>(strip: &mut [T; W], k: usize) -> T {
        strip[k]
    }
    #[inline]
    fn hvp_in_place<const W: usize>(strips: &mut &'a [[T; W]], at: usize, k: usize) -> T {
        strips[at][k]
    }
}

impl<'a, T: Copy + 'static> Window for &'a mut [T] {
    type Item<'i> = &'i mut T;
    type Element = T;
    type Strips<const W: usize> = &'a mut [[T; W]];

    #[inline]
    fn hvp_len(&self) -> usize {
        self.len()
    }
    #[inline]
    fn hvp_strips<const W: usize>(self) -> (Self::Strips<W>, Self) {
        self.as_chunks_mut()
    }
    #[inline]
    fn hvp_cut(self, count: usize) -> Self {
        &mut self[..count]
    }
    #[inline]
    fn hvp_at(&mut self, at: usize) -> &mut T {
        &mut self[at]
    }
    #[inline]
    fn hvp_item<const W: usize>(strip: &mut [T; W], k: usize) -> &mut T {
        &mut strip[k]
    }
    #[expect(clippy::mut_mut, reason = "a strip is itself a reference")]
    #[inline]
    fn hvp_in_place<'i, const W: usize>(strips: &'i mut &'a mut [[T; W]], at: usize, k: usize) -> &'i mut T {
        &mut strips[at][k]
    }
}

/// Windows of one length, element beside element, and the function `F` of an iteration, which adds up `X`s.
pub trait Windows<X: Sums, F>: Sized {
    /// The size of an element of the window whose elements are the largest.
    const LARGEST: usize;
    /// How many windows there are.
    const COUNT: usize;

    /// How many iterations there are.
    fn hvp_len(&self) -> usize;
    /// Runs `iteration` for the elements of all whole strips and adds up what it gives, each place in the strips for itself;
    /// gives the elements that are left. Each strip is read before any of it is written.
    fn hvp_strips<const W: usize>(self, iteration: &mut F) -> (X, Self);
    /// The same sums of elements that are read where they stand, one after another.
    fn hvp_in_turn<const W: usize>(self, iteration: &mut F) -> (X, Self);
    /// The same of `WIDE` sums by several passes, each for as many of them as the registers hold.
    fn hvp_in_passes(self, iteration: &mut F) -> (X, Self);
}

macro_rules! windows {
    ($($strips:ident: $($window:ident $strip:ident)+;)*) => { $(
        impl<X: Sums, $($window: Window,)+ F: FnMut($($window::Item<'_>),+) -> X> Windows<X, F> for ($($window,)+) {
            const LARGEST: usize = largest(&[$(size_of::<$window::Element>()),+]);
            const COUNT: usize = [$(size_of::<$window::Element>()),+].len();

            #[inline]
            fn hvp_len(&self) -> usize {
                self.0.hvp_len()
            }

            #[expect(non_snake_case, reason = "a window has the name of its type")]
            #[inline]
            fn hvp_strips<const W: usize>(self, iteration: &mut F) -> (X, Self) {
                let count = self.0.hvp_len() / W;
                let ($($window,)+) = self;
                $(let ($strip, $window) = $window.hvp_strips::<W>();)+
                $(let mut $strip = $strip.hvp_first(count);)+
                let mut sums = X::hvp_nowhere::<W>();
                for at in 0..count {
                    let ($(mut $window,)+) = ($($strip.hvp_read(at),)+);
                    for place in 0..W {
                        X::hvp_add::<W>(&mut sums, place, iteration($($window::hvp_item(&mut $window, place)),+));
                    }
                    $($strip.hvp_write(at, $window);)+
                }
                (X::hvp_folded::<W>(sums), ($($window,)+))
            }

            #[expect(non_snake_case, reason = "a window has the name of its type")]
            #[inline]
            fn hvp_in_turn<const W: usize>(self, iteration: &mut F) -> (X, Self) {
                let count = self.0.hvp_len() / W;
                let ($($window,)+) = self;
                $(let ($strip, $window) = $window.hvp_strips::<W>();)+
                $(let mut $strip = $strip.hvp_first(count);)+
                let mut sums = X::hvp_nowhere::<W>();
                for at in 0..count {
                    for place in 0..W {
                        X::hvp_add::<W>(&mut sums, place, iteration($($window::hvp_in_place::<W>(&mut $strip, at, place)),+));
                    }
                }
                (X::hvp_folded::<W>(sums), ($($window,)+))
            }

            #[expect(non_snake_case, reason = "a window has the name of its type")]
            #[inline]
            fn hvp_in_passes(self, iteration: &mut F) -> (X, Self) {
                let together = const { together(size_of::<X>()) };
                let count = self.0.hvp_len() / WIDE;
                let ($($window,)+) = self;
                $(let ($strip, $window) = $window.hvp_strips::<WIDE>();)+
                $(let mut $strip = $strip.hvp_first(count);)+
                let mut sums = [X::HVP_NONE; WIDE];
                for start in (0..count).step_by(PASS) {
                    for first in (0..WIDE).step_by(together) {
                        let mut held = [X::HVP_NONE; WIDE];
                        held[..together].copy_from_slice(&sums[first..first + together]);
                        for at in start..count.min(start + PASS) {
                            for (place, sum) in held[..together].iter_mut().enumerate() {
                                *sum = sum.hvp_plus(iteration($($window::hvp_in_place::<WIDE>(&mut $strip, at, first + place)),+));
                            }
                        }
                        sums[first..first + together].copy_from_slice(&held[..together]);
                    }
                }
                (sums.into_iter().fold(X::HVP_NONE, X::hvp_plus), ($($window,)+))
            }
        }

        /// Runs `iteration` for the elements of as many windows, several at a time, and adds up what it gives.
        #[inline(always)]
        pub fn $strips<X: Sums, $($window: Window),+>(
            windows: ($($window,)+),
            iteration: impl FnMut($($window::Item<'_>),+) -> X,
        ) -> X {
            strips(windows, iteration)
        }
    )* };
}

windows! {
    strips_1: A a;
    strips_2: A a B b;
    strips_3: A a B b C c;
    strips_4: A a B b C c D d;
    strips_5: A a B b C c D d E e;
    strips_6: A a B b C c D d E e G g;
    strips_7: A a B b C c D d E e G g H h;
    strips_8: A a B b C c D d E e G g H h I i;
    strips_9: A a B b C c D d E e G g H h I i J j;
    strips_10: A a B b C c D d E e G g H h I i J j K k;
    strips_11: A a B b C c D d E e G g H h I i J j K k L l;
    strips_12: A a B b C c D d E e G g H h I i J j K k L l M m;
}

const fn largest(sizes: &[usize]) -> usize {
    let (mut most, mut at) = (0, 0);
    while at < sizes.len() {
        if sizes[at] > most {
            most = sizes[at];
        }
        at += 1;
    }
    most
}

/// How many iterations run side by side, and how many sums there are.
const WIDTH: usize = 4;
/// How many sums a loop with at least `LONG` iterations has.
const WIDE: usize = 8;
/// As many iterations pay for adding up so many sums at the end.
const LONG: usize = 32;
/// Elements of more bytes are vectors themselves.
const SMALL: usize = 16;

/// How many of `WIDE` sums of `size` bytes each the processor's registers hold.
const fn together(size: usize) -> usize {
    let register = if cfg!(target_feature = "avx512f") {
        64
    } else if cfg!(target_feature = "avx") {
        32
    } else {
        16
    };
    let mut places = WIDE;
    while places > 1 && places * size > REGISTERS * register {
        places /= 2;
    }
    places
}

/// So many registers are for sums.
const REGISTERS: usize = 8;
/// An iteration that reads more windows has enough to do while its sum is in memory.
const FEW: usize = 2;
/// So many strips are gone through for some of the sums before the others have their turn, so that they stay in the cache.
const PASS: usize = 16;

/// Runs `iteration` for each element of `windows`, several at a time, and adds up what it gives: so vector instructions serve where
/// rustc could not reorder the sum, or see that the windows are apart.
///
/// The order of the sum is the same for elements of all sizes, so that a direction among others has the bits of one by itself.
#[expect(clippy::inline_always, reason = "a loop of the caller's")]
#[inline(always)]
fn strips<X: Sums, F, V: Windows<X, F>>(windows: V, mut iteration: F) -> X {
    let large = V::LARGEST > SMALL;
    let (mut wide, mut rest) = (X::HVP_NONE, windows);
    if rest.hvp_len() >= LONG {
        (wide, rest) = if large && together(size_of::<X>()) < WIDE && V::COUNT <= FEW {
            rest.hvp_in_passes(&mut iteration)
        } else if large {
            rest.hvp_in_turn::<WIDE>(&mut iteration)
        } else {
            rest.hvp_strips::<WIDE>(&mut iteration)
        };
    }
    let (sums, rest) = if large {
        rest.hvp_in_turn::<WIDTH>(&mut iteration)
    } else {
        rest.hvp_strips::<WIDTH>(&mut iteration)
    };
    wide.hvp_plus(sums).hvp_plus(rest.hvp_in_turn::<1>(&mut iteration).0)
}
