//! A profile in Perfetto's own format, `perfetto.protos.Trace`: only the fields that are used, with their numbers
//! from `protos/perfetto/trace/` there. Times are nanoseconds, so that a slice is as long as its span to the last.

use std::collections::BTreeMap;

use prost::Message;

use super::profile::Profile;
use super::recorder::{Span, Spans};

#[derive(Clone, PartialEq, Message)]
struct Trace {
    #[prost(message, repeated, tag = "1")]
    packet: Vec<Packet>,
}

#[derive(Clone, PartialEq, Message)]
struct Packet {
    #[prost(uint64, optional, tag = "8")]
    timestamp: Option<u64>,
    #[prost(uint32, tag = "10")]
    trusted_packet_sequence_id: u32,
    #[prost(message, optional, tag = "11")]
    track_event: Option<TrackEvent>,
    #[prost(uint32, optional, tag = "13")]
    sequence_flags: Option<u32>,
    #[prost(message, optional, tag = "60")]
    track_descriptor: Option<TrackDescriptor>,
}

#[derive(Clone, PartialEq, Message)]
struct TrackEvent {
    #[prost(int32, optional, tag = "9")]
    r#type: Option<i32>,
    #[prost(uint64, optional, tag = "11")]
    track_uuid: Option<u64>,
    #[prost(string, optional, tag = "23")]
    name: Option<String>,
    #[prost(double, optional, tag = "44")]
    double_counter_value: Option<f64>,
}

#[derive(Clone, PartialEq, Message)]
struct TrackDescriptor {
    #[prost(uint64, optional, tag = "1")]
    uuid: Option<u64>,
    #[prost(string, optional, tag = "2")]
    name: Option<String>,
    #[prost(message, optional, tag = "3")]
    process: Option<ProcessDescriptor>,
    #[prost(message, optional, tag = "4")]
    thread: Option<ThreadDescriptor>,
    #[prost(message, optional, tag = "8")]
    counter: Option<CounterDescriptor>,
}

#[derive(Clone, PartialEq, Message)]
struct ProcessDescriptor {
    #[prost(int32, optional, tag = "1")]
    pid: Option<i32>,
    #[prost(string, optional, tag = "6")]
    process_name: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
struct ThreadDescriptor {
    #[prost(int32, optional, tag = "1")]
    pid: Option<i32>,
    #[prost(int32, optional, tag = "2")]
    tid: Option<i32>,
    #[prost(string, optional, tag = "5")]
    thread_name: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
struct CounterDescriptor {}

const SLICE_BEGIN: i32 = 1;
const SLICE_END: i32 = 2;
const COUNTER: i32 = 4;
/// Threads are told apart by numbers of our own from here on.
const FIRST_THREAD: i32 = 10_000_000;
/// All packets are one sequence, whose state begins with its first packet.
const SEQUENCE: u32 = 1;
const SEQUENCE_BEGINS: u32 = 1;

/// One thread's spans, by operation.
struct Thread<'a> {
    name: &'a str,
    spans: Vec<(&'a str, Span)>,
}

pub fn encode(profile: &Profile) -> Vec<u8> {
    let mut packets = Vec::new();
    let mut processes: BTreeMap<(u32, &str), BTreeMap<u32, Thread<'_>>> = BTreeMap::new();
    for batch in &profile.batches {
        let threads = processes.entry((batch.pid, &batch.process)).or_default();
        for span in &batch.spans {
            let name = batch.threads.get(span.thread as usize).map_or("", String::as_str);
            let thread = threads.entry(span.thread).or_insert(Thread { name, spans: Vec::new() });
            thread.spans.push((operation(batch, span), *span));
        }
    }
    let mut last_track = 0;
    let mut track = || {
        last_track += 1;
        last_track
    };
    for ((pid, process_name), threads) in processes {
        let pid = pid as i32;
        packets.push(descriptor(TrackDescriptor {
            uuid: Some(track()),
            process: Some(ProcessDescriptor { pid: Some(pid), process_name: Some(process_name.to_owned()) }),
            ..TrackDescriptor::default()
        }));
        for Thread { name, spans } in threads.into_values() {
            let uuid = track();
            // Above all of the system's numbers, so that it is nobody else's.
            let tid = FIRST_THREAD + uuid as i32;
            packets.push(descriptor(TrackDescriptor {
                uuid: Some(uuid),
                thread: Some(ThreadDescriptor { pid: Some(pid), tid: Some(tid), thread_name: Some(name.to_owned()) }),
                ..TrackDescriptor::default()
            }));
            slices(uuid, spans, &mut packets);
        }
    }
    for counter in &profile.counters {
        let uuid = track();
        packets.push(descriptor(TrackDescriptor {
            uuid: Some(uuid),
            name: Some(counter.name.clone()),
            counter: Some(CounterDescriptor {}),
            ..TrackDescriptor::default()
        }));
        packets.extend(counter.values.iter().map(|&(time, value)| {
            let event = TrackEvent { double_counter_value: Some(value), ..event(COUNTER, uuid) };
            packet(time, event)
        }));
    }
    if let Some(first) = packets.first_mut() {
        first.sequence_flags = Some(SEQUENCE_BEGINS);
    }
    Trace { packet: packets }.encode_to_vec()
}

fn operation<'a>(batch: &'a Spans, span: &Span) -> &'a str {
    batch.operations.get(span.operation as usize).map_or("unknown", String::as_str)
}

/// Beginnings and ends of one thread's spans, in the order in which they happened: the outer begins first and ends
/// last, also where times are equal.
fn slices(track: u64, mut spans: Vec<(&str, Span)>, packets: &mut Vec<Packet>) {
    spans.sort_by_key(|(_, span)| (span.start, std::cmp::Reverse(span.end)));
    let mut open: Vec<u64> = Vec::new();
    for (name, span) in spans {
        while let Some(end) = open.pop_if(|end| *end <= span.start) {
            packets.push(packet(end, event(SLICE_END, track)));
        }
        packets.push(packet(span.start, TrackEvent { name: Some(name.to_owned()), ..event(SLICE_BEGIN, track) }));
        open.push(span.end);
    }
    while let Some(end) = open.pop() {
        packets.push(packet(end, event(SLICE_END, track)));
    }
}

fn event(kind: i32, track: u64) -> TrackEvent {
    TrackEvent { r#type: Some(kind), track_uuid: Some(track), ..TrackEvent::default() }
}

fn packet(time: u64, event: TrackEvent) -> Packet {
    Packet {
        timestamp: Some(time),
        trusted_packet_sequence_id: SEQUENCE,
        track_event: Some(event),
        ..Packet::default()
    }
}

fn descriptor(descriptor: TrackDescriptor) -> Packet {
    Packet { trusted_packet_sequence_id: SEQUENCE, track_descriptor: Some(descriptor), ..Packet::default() }
}

#[cfg(test)]
mod tests {
    use super::super::profile::Counter;
    use super::*;

    #[test]
    fn slices_nest_and_their_lengths_are_the_spans() {
        let span = |operation, start, end| Span { operation, thread: 0, start, end };
        let spans =
            vec![span(1, 10, 20), span(1, 20, 30), span(0, 10, 30), span(2, 30, 30), span(0, 30, 45), span(2, 45, 45)];
        let mut profile = Profile::default();
        profile.add([Spans {
            process: "ingot".into(),
            pid: 7,
            operations: vec!["outer".into(), "inner".into(), "empty".into()],
            threads: vec!["main".into()],
            spans: spans.clone(),
            dropped: 0,
        }]);
        profile.count(Counter { name: "memory".into(), values: vec![(12, 1.5)] });
        let trace = Trace::decode(encode(&profile).as_slice()).expect("our own encoding");
        let mut open: Vec<(String, u64)> = Vec::new();
        let mut totals: BTreeMap<String, u64> = BTreeMap::new();
        let mut last = 0;
        for packet in &trace.packet {
            let Some(event) = &packet.track_event else { continue };
            let time = packet.timestamp.expect("a time");
            match event.r#type {
                Some(SLICE_BEGIN) => open.push((event.name.clone().expect("a name"), time)),
                Some(SLICE_END) => {
                    let (name, start) = open.pop().expect("it began");
                    *totals.entry(name).or_default() += time - start;
                }
                _ => {
                    assert_eq!(event.double_counter_value, Some(1.5));
                    continue;
                }
            }
            assert!(time >= last, "in order");
            last = time;
        }
        assert!(open.is_empty());
        assert_eq!(totals, BTreeMap::from([("outer".into(), 35), ("inner".into(), 20), ("empty".into(), 0)]));
    }
}
