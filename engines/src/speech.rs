//! The words of a voice note, by a speech engine that speaks as Bhashini does: a first request names the service and the address for
//! the second, which carries the sound.

use std::{fmt, time::Duration};

use data_encoding::BASE64;
use domain::Language;
use reqwest::{
    Url,
    header::{AUTHORIZATION, HeaderMap, HeaderName},
};
use serde::Deserialize;
use serde_json::json;

use crate::door::{ConnectError, Door, NoAnswer, address, secret_header};

/// For both requests and their answers together. Listening takes longer than choosing.
const TIME: Duration = Duration::from_secs(8);
/// The largest voice note that is sent on, in bytes: some minutes as telephones record them.
pub const VOICE_BYTES_MAX: usize = 1024 * 1024;
/// The longest voice note that is sent on, in seconds. What somebody wants is said in less.
pub const VOICE_SECONDS_MAX: u64 = 90;
/// The first answer lists services and languages.
const PIPELINE_BYTES_MAX: usize = 64 * 1024;
/// The second is a sentence or two; engines may send other tasks' empty fields along.
const WORDS_BYTES_MAX: usize = 64 * 1024;
/// Nobody says more in that time, in characters.
const WORDS_MAX: usize = 1500;
/// As telephones record voice.
const SAMPLES_A_SECOND: u32 = 16_000;

/// Whom to ask.
#[derive(Clone)]
pub struct SpeechSettings {
    /// The whole address of the first request, for example `https://…/ulca/apis/v0/model/getModelsPipeline`.
    pub url: String,
    /// Sent as `userID`.
    pub user_id: String,
    /// Sent as `ulcaApiKey`.
    pub api_key: String,
    /// The pipeline's id.
    pub pipeline_id: String,
    /// Hosts beside that of `url` to which the first answer may lead.
    pub hosts: Vec<String>,
}

impl fmt::Debug for SpeechSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpeechSettings")
            .field("pipeline_id", &self.pipeline_id)
            .field("hosts", &self.hosts)
            .finish_non_exhaustive()
    }
}

/// Somebody who listens.
pub struct Speech {
    door: Door,
    url: Url,
    headers: HeaderMap,
    pipeline_id: String,
    hosts: Vec<String>,
}

impl fmt::Debug for Speech {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Speech")
            .field("hosts", &self.hosts)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pipeline {
    pipeline_response_config: Vec<Task>,
    #[serde(rename = "pipelineInferenceAPIEndPoint")]
    endpoint: Endpoint,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Task {
    task_type: String,
    config: Vec<Config>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    service_id: String,
    language: ConfigLanguage,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConfigLanguage {
    source_language: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Endpoint {
    callback_url: String,
    inference_api_key: Key,
}

#[derive(Deserialize)]
struct Key {
    name: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Computed {
    pipeline_response: Vec<ComputedTask>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ComputedTask {
    task_type: String,
    output: Vec<Output>,
}

#[derive(Deserialize)]
struct Output {
    source: String,
}

impl Speech {
    /// Prepares to ask; nobody is called yet.
    ///
    /// # Errors
    /// [`ConnectError`] when the settings lead nowhere.
    pub fn try_new(settings: &SpeechSettings) -> Result<Self, ConnectError> {
        let url = address(&settings.url)?;
        let mut headers = HeaderMap::new();
        secret_header(&mut headers, HeaderName::from_static("userid"), &settings.user_id)?;
        secret_header(&mut headers, HeaderName::from_static("ulcaapikey"), &settings.api_key)?;
        Ok(Self {
            door: Door::try_new("speech", TIME, &url)?,
            url,
            headers,
            pipeline_id: settings.pipeline_id.clone(),
            hosts: settings.hosts.clone(),
        })
    }

    /// What is said in a voice note, in the script of the language. `None` when it is too long, of a form that is not known, when nothing
    /// was heard, and for every failure: asked once.
    pub async fn words(&self, sound: &[u8], language: Language) -> Option<String> {
        let format = format(sound)?;
        let fits = sound.len() <= VOICE_BYTES_MAX && voice_seconds(sound).is_none_or(|s| s <= VOICE_SECONDS_MAX);
        if !fits {
            return None;
        }
        let language = match language {
            Language::Hi => "hi",
            Language::En => "en",
        };
        self.door
            .within(sound, async {
                let (service, url, headers) = self.pipeline(language).await?;
                let request = json!({
                    "pipelineTasks": [{
                        "taskType": "asr",
                        "config": {
                            "language": { "sourceLanguage": language },
                            "serviceId": service,
                            "audioFormat": format,
                            "samplingRate": SAMPLES_A_SECOND,
                        },
                    }],
                    "inputData": { "audio": [{ "audioContent": BASE64.encode(sound) }] },
                });
                said(&self.door.post(url, headers, &request, WORDS_BYTES_MAX).await?)
            })
            .await
            .flatten()
    }

    /// The first request: which service, and where with which key.
    async fn pipeline(&self, language: &str) -> Result<(String, Url, HeaderMap), NoAnswer> {
        let request = json!({
            "pipelineTasks": [{ "taskType": "asr", "config": { "language": { "sourceLanguage": language } } }],
            "pipelineRequestConfig": { "pipelineId": self.pipeline_id },
        });
        let answer = self
            .door
            .post(self.url.clone(), self.headers.clone(), &request, PIPELINE_BYTES_MAX);
        let pipeline: Pipeline = serde_json::from_slice(&answer.await?).map_err(|_| NoAnswer::Shape("no pipeline"))?;
        let tasks = pipeline
            .pipeline_response_config
            .iter()
            .filter(|task| task.task_type == "asr");
        let config = tasks
            .flat_map(|task| &task.config)
            .find(|config| config.language.source_language == language)
            .ok_or(NoAnswer::Shape("no service for this language"))?;
        let Key { name, value } = &pipeline.endpoint.inference_api_key;
        let mut headers = HeaderMap::new();
        let name = key_header(name).ok_or(NoAnswer::Shape("a key under a name that no key has"))?;
        secret_header(&mut headers, name, value).map_err(|_| NoAnswer::Shape("a key that cannot be sent"))?;
        let url = self.callback(&pipeline.endpoint.callback_url).ok_or(NoAnswer::Host)?;
        Ok((config.service_id.clone(), url, headers))
    }

    /// The address for the second request, if it is on the list: whoever answers the first one does not choose who hears a citizen.
    fn callback(&self, text: &str) -> Option<Url> {
        let url = address(text).ok()?;
        if url.origin() == self.url.origin() {
            return Some(url);
        }
        let host = url.host_str()?;
        (url.scheme() == "https" && url.port().is_none() && self.hosts.iter().any(|allowed| allowed == host))
            .then_some(url)
    }
}

/// The header of the second key: one that holds keys, and none that steers the request.
fn key_header(name: &str) -> Option<HeaderName> {
    let name: HeaderName = name.parse().ok()?;
    let holds_keys = name == AUTHORIZATION || matches!(name.as_str(), "x-api-key" | "api-key" | "apikey");
    holds_keys.then_some(name)
}

/// The words of the second answer, as one line without what nobody sees. `Ok(None)`: nothing was said.
fn said(answer: &[u8]) -> Result<Option<String>, NoAnswer> {
    let computed: Computed = serde_json::from_slice(answer).map_err(|_| NoAnswer::Shape("no computed pipeline"))?;
    let [task] = computed.pipeline_response.as_slice() else {
        return Err(NoAnswer::Shape("not one task"));
    };
    let [output] = task.output.as_slice() else {
        return Err(NoAnswer::Shape("not one output"));
    };
    if task.task_type != "asr" {
        return Err(NoAnswer::Shape("another task"));
    }
    let words = assistant::understand::one_line(&output.source);
    if words.chars().count() > WORDS_MAX {
        return Err(NoAnswer::Long);
    }
    Ok(words.chars().any(char::is_alphanumeric).then_some(words))
}

/// The engine's name of the form in which sound is kept; bytes count, announced types do not.
fn format(sound: &[u8]) -> Option<&'static str> {
    if sound.starts_with(b"OggS") {
        Some("ogg")
    } else if sound.starts_with(b"RIFF") && sound.get(8..12) == Some(b"WAVE") {
        Some("wav")
    } else if sound.starts_with(b"fLaC") {
        Some("flac")
    } else if sound.starts_with(b"ID3") || matches!(sound, [0xFF, second, ..] if second & 0xE6 == 0xE2) {
        Some("mp3")
    } else {
        None
    }
}

/// How long a voice note is, in whole seconds begun: an Ogg file's last page counts its samples, 48,000 a second for Opus (RFC 7845,
/// section 4). `None` for other forms.
#[must_use]
pub fn voice_seconds(sound: &[u8]) -> Option<u64> {
    if !sound.starts_with(b"OggS") {
        return None;
    }
    let last = sound.windows(4).rposition(|bytes| bytes == b"OggS")?;
    let granule = sound.get(last + 6..last + 14)?;
    let samples = u64::from_le_bytes(granule.try_into().ok()?);
    (samples != u64::MAX).then(|| samples.div_ceil(48_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(samples: u64) -> Vec<u8> {
        let mut page = b"OggS\0\0".to_vec();
        page.extend(samples.to_le_bytes());
        page.extend([0; 14]);
        page
    }

    #[test]
    fn the_last_page_tells_how_long_it_is() {
        let note = [page(0), page(48_000), page(3 * 48_000 + 1)].concat();
        assert_eq!(voice_seconds(&note), Some(4));
        assert_eq!(voice_seconds(&page(u64::MAX)), None);
        assert_eq!(voice_seconds(b"OggS"), None);
        assert_eq!(voice_seconds(b"RIFF"), None);
    }

    #[test]
    fn the_form_is_what_the_bytes_say() {
        for (sound, name) in [
            (&b"OggS\0"[..], Some("ogg")),
            (b"RIFF\0\0\0\0WAVEfmt ", Some("wav")),
            (b"RIFF\0\0\0\0AVI ", None),
            (b"fLaC", Some("flac")),
            (b"ID3\x04", Some("mp3")),
            (b"\xFF\xFB\x90", Some("mp3")),
            (b"\xFF\xD8\xFF", None),
            (b"%PDF-", None),
            (b"", None),
        ] {
            assert_eq!(format(sound), name, "{sound:?}");
        }
    }

    #[test]
    fn the_second_address_is_one_of_the_list() {
        let speech = Speech::try_new(&SpeechSettings {
            url: "https://engine.example/ulca/apis/v0/model/getModelsPipeline".to_owned(),
            user_id: "user".to_owned(),
            api_key: "key".to_owned(),
            pipeline_id: "1".to_owned(),
            hosts: vec!["compute.example".to_owned()],
        })
        .unwrap();
        for allowed in [
            "https://engine.example/services/inference",
            "https://compute.example/pipeline",
        ] {
            assert!(speech.callback(allowed).is_some(), "{allowed}");
        }
        for refused in [
            "http://engine.example/services",
            "http://compute.example/pipeline",
            "https://compute.example:8443/pipeline",
            "https://compute.example.attacker.example/",
            "https://attacker.example/?compute.example",
            "https://compute.example@attacker.example/",
            "http://127.0.0.1:8080/officer",
            "http://169.254.169.254/latest/meta-data",
            "file:///etc/passwd",
            "",
        ] {
            assert!(speech.callback(refused).is_none(), "{refused}");
        }
    }

    #[test]
    fn only_headers_for_keys_take_the_second_key() {
        for (name, taken) in [
            ("Authorization", true),
            ("x-api-key", true),
            ("Host", false),
            ("Content-Length", false),
            ("Cookie", false),
            ("a b", false),
            ("", false),
        ] {
            assert_eq!(key_header(name).is_some(), taken, "{name}");
        }
    }
}
