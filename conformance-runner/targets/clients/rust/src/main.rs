//! A client on the Rust SDK, driven by steps (../README.md).

use std::{process::ExitCode, time::Duration};

use anyhow::{Context, Result, anyhow, bail};
use futures::future::join_all;
use rmcp::{
    ClientHandler, ClientLifecycleMode, ClientServiceExt, ErrorData, RoleClient,
    model::{
        CallToolRequest, CallToolRequestParams, CallToolResult, ClientConfig, ClientRequest, ElicitRequestParams,
        ElicitResult, ElicitationAction, ElicitationCapability, FormElicitationCapability, GetPromptRequestParams,
        ListToolsRequest, PingRequest, ProtocolVersion, ReadResourceRequestParams, ServerResult,
    },
    service::{PeerRequestOptions, RequestContext, RunningService},
    transport::{StreamableHttpClientTransport, streamable_http_client::StreamableHttpClientTransportConfig},
};
use serde_json::{Map, Value};

/// Answers questions with the defaults, and yes to what has none and is yes or no.
struct User;

impl ClientHandler for User {
    fn get_info(&self) -> ClientConfig {
        let mut info = ClientConfig::default();
        info.capabilities.elicitation = Some(ElicitationCapability::new().with_form(FormElicitationCapability::new()));
        info
    }

    async fn create_elicitation(
        &self,
        request: ElicitRequestParams,
        _context: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        let mut content = Map::new();
        if let ElicitRequestParams::FormElicitationParams { requested_schema, .. } = request {
            let schema = serde_json::to_value(requested_schema).unwrap_or_default();
            for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                if !property["default"].is_null() {
                    content.insert(name.clone(), property["default"].clone());
                } else if property["type"] == "boolean" {
                    content.insert(name.clone(), Value::Bool(true));
                }
            }
        }
        Ok(ElicitResult::new(ElicitationAction::Accept).with_content(Value::Object(content)))
    }
}

struct Client {
    service: RunningService<RoleClient, User>,
    timeout: Option<Duration>,
}

impl Client {
    async fn connect(url: &str, timeout: Option<Duration>) -> Result<Self> {
        let mut config = StreamableHttpClientTransportConfig::with_uri(url);
        if let Some(token) = std::env::var("MCP_SESSION_TOKEN").ok().filter(|token| !token.is_empty()) {
            config = config.auth_header(token);
        }
        let transport = StreamableHttpClientTransport::from_config(config);
        // The handshake is the default.
        let lifecycle = match std::env::var("MCP_CONFORMANCE_PROTOCOL_VERSION") {
            Ok(version) if version == "2026-07-28" => ClientLifecycleMode::Auto {
                preferred_versions: vec![ProtocolVersion::V_2026_07_28],
                legacy_version: None,
            },
            _ => ClientLifecycleMode::Initialize,
        };
        let service = User.serve_with_lifecycle(transport, lifecycle).await?;
        Ok(Self { service, timeout })
    }

    /// Sends a request with the timeout that was set.
    async fn ask(&self, request: ClientRequest) -> Result<ServerResult> {
        let options = match self.timeout {
            Some(timeout) => PeerRequestOptions::with_timeout(timeout),
            None => PeerRequestOptions::no_options(),
        };
        Ok(self.service.send_cancellable_request(request, options).await?.await_response().await?)
    }

    async fn list(&self) -> Result<Vec<String>> {
        let tools = match self.timeout {
            None => self.service.list_tools(None).await?.tools,
            Some(_) => match self.ask(ListToolsRequest::default().into()).await? {
                ServerResult::ListToolsResult(result) => result.tools,
                other => bail!("not a list: {other:?}"),
            },
        };
        Ok(tools.into_iter().map(|tool| tool.name.to_string()).collect())
    }

    async fn call(&self, name: &str, arguments: Map<String, Value>) -> Result<String> {
        let params = CallToolRequestParams::new(name.to_owned()).with_arguments(arguments);
        let result = match self.timeout {
            None => self.service.call_tool(params).await?,
            Some(_) => match self.ask(CallToolRequest::new(params).into()).await? {
                ServerResult::CallToolResult(result) => result,
                other => bail!("not a result: {other:?}"),
            },
        };
        text(&result)
    }

    async fn ping(&self) -> Result<()> {
        self.ask(PingRequest::default().into()).await.map(|_| ())
    }

    async fn resources(&self) -> Result<()> {
        for resource in self.service.list_resources(None).await?.resources {
            self.service.read_resource(ReadResourceRequestParams::new(resource.uri.clone())).await?;
        }
        Ok(())
    }

    async fn prompts(&self) -> Result<()> {
        for prompt in self.service.list_prompts(None).await?.prompts {
            self.service.get_prompt(GetPromptRequestParams::new(prompt.name)).await?;
        }
        Ok(())
    }
}

fn text(result: &CallToolResult) -> Result<String> {
    let said: Vec<_> = result.content.iter().filter_map(|part| part.as_text()).map(|part| part.text.clone()).collect();
    if result.is_error == Some(true) {
        bail!("the tool failed: {}", said.join(" "));
    }
    Ok(said.join(" "))
}

#[derive(Default)]
struct Steps {
    url: String,
    timeout: Option<Duration>,
    client: Option<Client>,
    tools: Vec<String>,
}

impl Steps {
    async fn take(&mut self, step: &str) -> bool {
        match self.run(step).await {
            Ok(said) if said.is_empty() => println!("ok {step}"),
            Ok(said) => println!("ok {step}: {}", one_line(&said)),
            Err(error) => {
                eprintln!("failed {step}: {}", one_line(&format!("{error:#}")));
                return false;
            }
        }
        true
    }

    async fn run(&mut self, step: &str) -> Result<String> {
        let (verb, rest) = split(step);
        match verb {
            "timeout" => self.timeout = Some(Duration::from_millis(rest.parse()?)).filter(|span| !span.is_zero()),
            "sleep" => tokio::time::sleep(Duration::from_millis(rest.parse()?)).await,
            "connect" => {
                if self.client.is_some() {
                    bail!("connected already");
                }
                self.client = Some(Client::connect(&self.url, self.timeout).await?);
            }
            "close" => {
                let client = self.client.take().context("not connected")?;
                client.service.cancel().await?;
            }
            "list" => {
                self.tools = self.client()?.list().await?;
                return Ok(self.tools.join(" "));
            }
            "parallel" => {
                let (count, once) = split(rest);
                let all = join_all((0..count.parse::<usize>()?).map(|_| self.once(once))).await;
                let errors: Vec<_> = all.into_iter().filter_map(Result::err).collect();
                if let Some(first) = errors.first() {
                    bail!("{} of {count}: {first:#}", errors.len());
                }
            }
            _ => return self.once(step).await,
        }
        Ok(String::new())
    }

    async fn once(&self, step: &str) -> Result<String> {
        let (verb, rest) = split(step);
        let client = self.client()?;
        match verb {
            "list" => return Ok(client.list().await?.join(" ")),
            "call" => {
                let (name, json) = split(rest);
                let arguments: Map<String, Value> = serde_json::from_str(if json.is_empty() { "{}" } else { json })?;
                let named = [name.to_owned()];
                let mut said = Vec::new();
                for each in if name == "*" { &self.tools[..] } else { &named[..] } {
                    said.push(client.call(each, arguments.clone()).await?);
                }
                return Ok(said.join(" "));
            }
            "ping" => client.ping().await?,
            "resources" => client.resources().await?,
            "prompts" => client.prompts().await?,
            _ => bail!("no such step"),
        }
        Ok(String::new())
    }

    fn client(&self) -> Result<&Client> {
        self.client.as_ref().ok_or_else(|| anyhow!("not connected"))
    }
}

fn split(text: &str) -> (&str, &str) {
    let (first, rest) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
    (first, rest.trim())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(500).collect()
}

#[tokio::main]
async fn main() -> ExitCode {
    let mut steps = Steps { url: std::env::args().next_back().unwrap_or_default(), ..Steps::default() };
    let list = std::env::var("MCP_SESSION_STEPS").unwrap_or_default();
    let mut good = true;
    for step in list.split(';').map(str::trim).filter(|step| !step.is_empty()) {
        good &= steps.take(step).await;
    }
    if steps.client.is_some() {
        good &= steps.take("close").await;
    }
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
