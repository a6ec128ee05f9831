"""Checks a trace of `ingot bench --profile --json` with Perfetto's own code: every slice is closed, nothing is unknown,
and the totals are those of the table.

    python3 -m venv env && env/bin/pip install perfetto protobuf
    env/bin/python tests/bench/check_trace.py MODEL.perfetto-trace REPORT.json

With --processor it asks trace_processor, which the perfetto package downloads on first use; without, it decodes the
trace with the package's message definitions and adds up the slices itself.
"""

import argparse
import collections
import json


def totals_by_processor(path):
    from perfetto.trace_processor import TraceProcessor

    with TraceProcessor(trace=path) as processor:
        rows = processor.query(
            "select process.name as process, slice.name as operation, count(*) as count, sum(slice.dur) as total "
            "from slice join thread_track on slice.track_id = thread_track.id join thread using (utid) "
            "join process using (upid) group by 1, 2"
        )
        return {(row.process, row.operation): (row.count, row.total) for row in rows}


def totals_by_messages(path):
    from google.protobuf.unknown_fields import UnknownFieldSet
    from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace, TrackEvent

    trace = Trace()
    with open(path, "rb") as file:
        trace.ParseFromString(file.read())
    processes, tracks, open_slices = {}, {}, collections.defaultdict(list)
    totals = collections.defaultdict(lambda: (0, 0))
    for packet in trace.packet:
        assert not UnknownFieldSet(packet), packet
        if packet.HasField("track_descriptor"):
            track = packet.track_descriptor
            assert not UnknownFieldSet(track), track
            if track.HasField("process"):
                processes[track.process.pid] = track.process.process_name
            elif track.HasField("thread"):
                tracks[track.uuid] = processes[track.thread.pid]
        if packet.HasField("track_event"):
            event = packet.track_event
            assert not UnknownFieldSet(event), event
            if event.type == TrackEvent.TYPE_SLICE_BEGIN:
                open_slices[event.track_uuid].append((event.name, packet.timestamp))
            elif event.type == TrackEvent.TYPE_SLICE_END:
                name, start = open_slices[event.track_uuid].pop()
                key = (tracks[event.track_uuid], name)
                count, total = totals[key]
                totals[key] = (count + 1, total + packet.timestamp - start)
    assert not any(open_slices.values()), "a slice does not end"
    return totals


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trace")
    parser.add_argument("report", help="what --json printed")
    parser.add_argument("--processor", action="store_true", help="ask trace_processor")
    options = parser.parse_args()
    totals = (totals_by_processor if options.processor else totals_by_messages)(options.trace)
    with open(options.report) as file:
        rows = json.load(file)["profile"]["operations"]
    for row in rows:
        count, total = totals[(row["process"], row["operation"])]
        assert count == row["count"], row
        assert abs(total / 1e9 - row["total_seconds"]) < 1e-9, (row, total)
    assert len(rows) == len(totals), "the trace has operations that the table lacks"
    print(f"{len(rows)} operations, {sum(row['count'] for row in rows)} spans: the trace and the table agree")


if __name__ == "__main__":
    main()
