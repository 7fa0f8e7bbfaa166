//! ALSA without hardware: what it offers in its place is refused for a reason.
#![cfg(target_os = "linux")]

mod servers;

use talea::outputs::{Outputs, Settings};

#[test]
fn a_default_device_that_keeps_no_time_is_refused() {
    let test = "a_default_device_that_keeps_no_time_is_refused";
    let path = std::env::temp_dir().join(format!("talea-alsa-{}.conf", std::process::id()));
    let text = path.display().to_string();
    // The outer process writes the file, the inner one is given its path.
    std::fs::write(&path, "pcm.null { type null }\nctl.null { type null }\npcm.!default { type null }\n").unwrap();
    let settings =
        [("ALSA_CONFIG_PATH", text.as_str()), ("PULSE_SERVER", "unix:/nowhere"), ("JACK_DEFAULT_SERVER", "talea_none")];
    servers::in_its_own_process(test, &settings, || {
        let settings = |choice: &str| Settings {
            choice: choice.parse().unwrap(),
            latency: None,
            say: crossbeam_channel::unbounded().0,
        };
        let said = Outputs::open(settings("alsa")).err().unwrap();
        assert!(said.message.contains("does not keep time"), "{said:?}");
        assert!(Outputs::open(settings("alsa:null")).is_err());
        assert_eq!(Outputs::open(settings("default")).unwrap().rate(), 48_000);
    });
    let _ = std::fs::remove_file(&path);
}
