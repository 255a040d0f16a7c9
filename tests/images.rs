//! The real images on a real container engine. Ignored unless asked for: `.ci/images` builds the images and asks.

mod images {
    mod container;
    mod content;
    mod front;
    mod network;
    mod pipeline;
    mod publish;
    mod shell;
    mod stop;
}
