//! Loops over windows whose iterations add up nothing.

use super::strips::Window;

macro_rules! each {
    ($($each:ident: $first:ident $one:ident $($window:ident $other:ident)*;)*) => { $(
        /// Runs `iteration` for the elements of as many windows of one length.
        ///
        /// The windows are arguments of their own: the optimiser takes those that are `&mut` to be apart from all others, and
        /// runs several iterations in one vector.
        #[allow(clippy::too_many_arguments, reason = "only as arguments of their own are they known to be apart")]
        #[inline]
        pub fn $each<$first: Window, $($window: Window),*>(
            mut $one: $first,
            $($other: $window,)*
            mut iteration: impl FnMut($first::Item<'_>, $($window::Item<'_>),*),
        ) {
            let count = $one.hvp_len();
            $(let mut $other = $other.hvp_cut(count);)*
            for at in 0..count {
                iteration($one.hvp_at(at), $($other.hvp_at(at)),*);
            }
        }
    )* };
}

each! {
    each_1: A a;
    each_2: A a B b;
    each_3: A a B b C c;
    each_4: A a B b C c D d;
    each_5: A a B b C c D d E e;
    each_6: A a B b C c D d E e G g;
    each_7: A a B b C c D d E e G g H h;
    each_8: A a B b C c D d E e G g H h I i;
    each_9: A a B b C c D d E e G g H h I i J j;
    each_10: A a B b C c D d E e G g H h I i J j K k;
    each_11: A a B b C c D d E e G g H h I i J j K k L l;
    each_12: A a B b C c D d E e G g H h I i J j K k L l M m;
}
