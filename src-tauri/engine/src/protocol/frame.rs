//! Length-prefixed JSON frames with a bound, over any byte stream.

use std::io::{self, Read, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;

#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The other side closed the stream between two frames.
    #[error("the stream ended")]
    End,
    #[error("a frame of {length} bytes, more than the {limit} allowed")]
    TooLong { length: usize, limit: usize },
    #[error("a frame that makes no sense: {0}")]
    Nonsense(#[from] serde_json::Error),
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Writes one frame, in one call to `writer`.
pub fn write_frame<T: Serialize>(writer: &mut impl Write, value: &T, limit: usize) -> Result<(), FrameError> {
    let mut frame = vec![0; 4];
    serde_json::to_writer(&mut frame, value)?;
    let length = frame.len() - 4;
    if length > limit {
        return Err(FrameError::TooLong { length, limit });
    }
    frame[..4].copy_from_slice(&(length as u32).to_le_bytes());
    writer.write_all(&frame)?;
    Ok(writer.flush()?)
}

/// Reads one frame; allocates no more than `limit`.
pub fn read_frame<T: DeserializeOwned>(reader: &mut impl Read, limit: usize) -> Result<T, FrameError> {
    let mut length = [0; 4];
    let mut filled = 0;
    while filled < length.len() {
        match reader.read(&mut length[filled..]) {
            Ok(0) if filled == 0 => return Err(FrameError::End),
            Ok(0) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    let length = u32::from_le_bytes(length) as usize;
    if length > limit {
        return Err(FrameError::TooLong { length, limit });
    }
    let mut frame = vec![0; length];
    reader.read_exact(&mut frame)?;
    Ok(serde_json::from_slice(&frame)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Request;

    #[test]
    fn frames_survive_the_trip() {
        let mut stream = Vec::new();
        write_frame(&mut stream, &Request::Cancel { id: 7 }, 1000).expect("written");
        write_frame(&mut stream, &Request::Unload, 1000).expect("written");
        let mut reader = stream.as_slice();
        assert!(matches!(read_frame(&mut reader, 1000), Ok(Request::Cancel { id: 7 })));
        assert!(matches!(read_frame(&mut reader, 1000), Ok(Request::Unload)));
        assert!(matches!(read_frame::<Request>(&mut reader, 1000), Err(FrameError::End)));
    }

    #[test]
    fn long_cut_and_senseless_frames_are_errors() {
        let huge = u32::MAX.to_le_bytes();
        assert!(matches!(read_frame::<Request>(&mut &huge[..], 1000), Err(FrameError::TooLong { .. })));
        assert!(matches!(read_frame::<Request>(&mut &[9, 0, 0, 0, b'{'][..], 1000), Err(FrameError::Io(_))));
        assert!(matches!(
            read_frame::<Request>(&mut &[2, 0, 0, 0, b'{', b'}'][..], 1000),
            Err(FrameError::Nonsense(_))
        ));
        assert!(matches!(read_frame::<Request>(&mut &[1, 0][..], 1000), Err(FrameError::Io(_))));
        let long = Request::Generate { id: 1, request: crate::protocol::GenerateRequest::raw("x".repeat(2000)) };
        assert!(matches!(write_frame(&mut Vec::new(), &long, 1000), Err(FrameError::TooLong { .. })));
    }
}
