//! A small MCP server on tower-mcp, after its README and its guide on deployment: sessions are required, and the session
//! TTL is the crate's own option.
//!
//! The settings come from the environment: MCP_PORT and MCP_IDLE_TIMEOUT_SECONDS.

use std::env;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use tower_mcp::transport::http::SessionConfig;
use tower_mcp::{BoxError, CallToolResult, HttpTransport, McpRouter, ToolBuilder};

#[derive(Debug, Deserialize, JsonSchema)]
struct Echo {
    message: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Sleep {
    milliseconds: u64,
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let port = env::var("MCP_PORT")?;

    let echo = ToolBuilder::new("echo")
        .description("Answers with the message")
        .handler(|input: Echo| async move { Ok(CallToolResult::text(input.message)) })
        .build();
    let sleep = ToolBuilder::new("sleep")
        .description("Answers after the given time")
        .handler(|input: Sleep| async move {
            tokio::time::sleep(Duration::from_millis(input.milliseconds)).await;
            Ok(CallToolResult::text(format!("slept {} ms", input.milliseconds)))
        })
        .build();
    let router = McpRouter::new().server_info("tower-mcp-target", "1.0.0").tool(echo).tool(sleep);

    let mut transport = HttpTransport::new(router).require_sessions();
    if let Ok(seconds) = env::var("MCP_IDLE_TIMEOUT_SECONDS") {
        let ttl = Duration::try_from_secs_f64(seconds.parse()?)?;
        // By default expired sessions are looked for every minute.
        transport = transport.session_config(SessionConfig::with_ttl(ttl).cleanup_interval(Duration::from_millis(500)));
    }

    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    axum::serve(listener, transport.into_router_at("/mcp")).await?;
    Ok(())
}
