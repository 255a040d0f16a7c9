#![doc = include_str!("../README.md")]

pub mod asset;
pub mod boolean;
pub mod changes;
pub mod environment;
pub mod faults;
pub mod log;
pub mod near_miss;
pub mod output;
pub mod pipe;
pub mod progress;
pub mod result;
pub mod settings;
pub mod spelling;
pub mod stop;
pub mod storage;
pub mod text;
pub mod unexpanded;

pub use asset::AssetKind;
pub use environment::Environment;
pub use faults::{Fault, Faults};
pub use log::Log;
pub use pipe::{Failure, Pipe, nonce, run};
pub use progress::Progress;
pub use settings::Settings;
pub use stop::Stop;
pub use storage::Storage;
