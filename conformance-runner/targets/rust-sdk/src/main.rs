//! A small MCP server on the Rust SDK, served by axum.
//!
//! The settings come from the environment: MCP_PORT, MCP_IDLE_TIMEOUT_MS and MCP_STATELESS. With `--stateless-json` it
//! serves without sessions, and answers in JSON: the SDK does so only without sessions.

use std::{env, error::Error, sync::Arc, time::Duration};

use rmcp::{
    ServerHandler,
    handler::server::wrapper::Parameters,
    model::{ServerCapabilities, ServerConfig},
    tool, tool_handler, tool_router,
    transport::streamable_http_server::{
        StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
    },
};

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct EchoArguments {
    message: String,
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct SleepArguments {
    milliseconds: u64,
}

#[derive(Clone)]
struct Target;

#[tool_router]
impl Target {
    #[tool(description = "Answers with the message")]
    async fn echo(&self, Parameters(arguments): Parameters<EchoArguments>) -> String {
        arguments.message
    }

    #[tool(description = "Answers after the given time")]
    async fn sleep(&self, Parameters(arguments): Parameters<SleepArguments>) -> String {
        tokio::time::sleep(Duration::from_millis(arguments.milliseconds)).await;
        format!("slept {} ms", arguments.milliseconds)
    }
}

#[tool_handler]
impl ServerHandler for Target {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port: u16 = env::var("MCP_PORT")?.parse()?;
    let json = env::args().any(|argument| argument == "--stateless-json");
    let stateless = json || env::var("MCP_STATELESS").is_ok_and(|value| value == "true");

    let mut sessions = LocalSessionManager::default();
    sessions.session_config.keep_alive = match env::var("MCP_IDLE_TIMEOUT_MS") {
        Ok(milliseconds) => Some(Duration::from_millis(milliseconds.parse()?)),
        Err(_) => None,
    };

    let service = StreamableHttpService::new(
        || Ok(Target),
        Arc::new(sessions),
        StreamableHttpServerConfig::default()
            .with_legacy_session_mode(!stateless)
            .with_json_response(json),
    );
    let router = axum::Router::new().nest_service("/mcp", service);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    axum::serve(listener, router).await?;
    Ok(())
}
