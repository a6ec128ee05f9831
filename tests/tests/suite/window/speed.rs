//! How fast the window is: `make bench-window` runs this on release builds and prints the figures.

use std::fs;
use std::time::Duration;

use serde_json::Value;

use super::desktop::{self, Desktop};
use super::{App, block_on};
use crate::generate::Home;

/// Answers that are streamed.
const ANSWERS: usize = 3;

/// The app's processes: the shell, the page, and the worker.
const PROCESSES: [&str; 4] = ["ingot-app", "WebKitWebProces", "WebKitNetworkPr", "ingot-mlx"];

/// Of the processes called `names`, seconds of processor time so far.
fn processor_seconds(app: &App, names: &[&str]) -> f64 {
    // SAFETY: asks for a constant of the system.
    let ticks = unsafe { libc::sysconf(libc::_SC_CLK_TCK) } as f64;
    let times = names.iter().flat_map(|name| app.desktop.processes(name)).filter_map(|pid| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let fields: Vec<&str> = stat.rsplit(") ").next()?.split(' ').collect();
        Some((fields[11].parse::<f64>().ok()? + fields[12].parse::<f64>().ok()?) / ticks)
    });
    times.sum()
}

/// When process `pid` began, in seconds since 1970, to a hundredth.
fn begin_of(pid: i32) -> f64 {
    // SAFETY: asks for a constant of the system.
    let ticks = unsafe { libc::sysconf(libc::_SC_CLK_TCK) } as f64;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("it runs");
    let fields: Vec<&str> = stat.rsplit(") ").next().expect("fields").split(' ').collect();
    let boot = fs::read_to_string("/proc/stat").expect("the system's figures");
    let boot = boot.lines().find_map(|line| line.strip_prefix("btime ")).expect("when it began");
    // The second of the boot is rounded; the clock since then is not.
    let uptime: f64 = fs::read_to_string("/proc/uptime")
        .expect("a time")
        .split(' ')
        .next()
        .expect("a number")
        .parse()
        .expect("a number");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a time").as_secs_f64();
    let precise = now - uptime;
    assert!((precise - boot.parse::<f64>().expect("a number")).abs() < 2.0, "the clock was set meanwhile");
    precise + fields[19].parse::<f64>().expect("a number") / ticks
}

#[test]
#[ignore = "make bench-window"]
fn the_window_is_there_at_once_quiet_when_idle_and_smooth_when_not() {
    if !desktop::is_possible() {
        return;
    }
    block_on(async {
        let words = "Some words of an answer, in a paragraph that is as long as such are. ".repeat(6) + "\n\n";
        let code = "```python\n".to_owned() + &"print('a line of code')\n".repeat(40) + "```\n\n";
        let text = (words.repeat(8) + &code + &"- an entry of a list\n".repeat(30) + "\n").repeat(3);
        let home = Home::new();
        let desktop = Desktop::start_unseen(home.folder.path());
        let mut app = App::recite_on(home, desktop, &[text], 200).await;
        let mut starts = Vec::new();
        for _ in 0..5 {
            let usable = "const [mark] = performance.getEntriesByName('usable'); return mark ? performance.timeOrigin + mark.startTime : null";
            let mut moment = Value::Null;
            while moment.is_null() {
                moment = app.script(usable, vec![]).await;
            }
            let pid = app.desktop.processes("ingot-app")[0];
            starts.push(moment.as_f64().expect("a time") / 1000.0 - begin_of(pid));
            app.reopen().await;
        }
        starts.sort_by(f64::total_cmp);
        println!("start to usable: {:.2} s (median of five, at most {:.2} s)", starts[2], starts[4]);

        app.click("model-button").await;
        app.open_model().await;
        let mut idle = Vec::new();
        for section in ["chat", "monitor"] {
            app.click(&format!("section-{section}")).await;
            tokio::time::sleep(Duration::from_secs(5)).await;
            let before = processor_seconds(&app, &PROCESSES);
            tokio::time::sleep(Duration::from_secs(20)).await;
            let share = (processor_seconds(&app, &PROCESSES) - before) / 20.0;
            println!("idle, {section} shown: {:.2} % of a core", 100.0 * share);
            idle.push(share);
        }

        app.click("section-chat").await;
        // An answer lasts five seconds; four of each are looked at.
        let count = "window.frames_seen = []; window.counting = true; let last = performance.now();
                     const step = now => { window.frames_seen.push(now - last); last = now;
                                           if (window.counting) requestAnimationFrame(step); };
                     requestAnimationFrame(step)";
        let (mut spent, mut frames) = ([0.0; PROCESSES.len()], Vec::new());
        for answer in 0..ANSWERS {
            app.write("composer", "Recite").await;
            app.click("send").await;
            tokio::time::sleep(Duration::from_millis(500)).await;
            app.script(count, vec![]).await;
            let before = PROCESSES.map(|name| processor_seconds(&app, &[name]));
            tokio::time::sleep(Duration::from_secs(4)).await;
            for (index, name) in PROCESSES.iter().enumerate() {
                spent[index] += processor_seconds(&app, &[name]) - before[index];
            }
            let seen = app.script("window.counting = false; return window.frames_seen.slice(2)", vec![]).await;
            frames.extend(seen.as_array().expect("a list").iter().filter_map(Value::as_f64));
            app.wait_for("stats", answer + 1).await;
        }
        let slow = frames.iter().filter(|&&time| time > 34.0).count() as f64 / frames.len() as f64;
        let seconds = 4.0 * ANSWERS as f64;
        let longest = frames.iter().copied().fold(0.0, f64::max);
        println!(
            "streaming 200 tokens/s: {} frames in {seconds} s, {:.2} % over 34 ms, the longest {longest:.0} ms",
            frames.len(),
            100.0 * slow
        );
        let per_event = 1e3 / (20.0 * seconds);
        let all: f64 = spent.iter().sum();
        println!(
            "processor time: {:.2} ms a token, {:.1} ms an event, of which",
            all * per_event / 10.0,
            all * per_event
        );
        for (name, seconds) in PROCESSES.iter().zip(spent) {
            println!("  {name}: {:.1} ms an event", seconds * per_event);
        }
        app.client.close().await.expect("closed");
        assert!(starts[2] < 1.0, "it is slow to start");
        assert!(idle[0] < 0.01, "it is not quiet");
        assert!(slow <= 0.01, "it is not smooth");
    });
}
