//! A small MCP server on Poem, after the framework's example of the streamable HTTP endpoint.
//!
//! The settings come from the environment: MCP_PORT.

use std::time::Duration;

use poem::{EndpointExt, Route, Server, listener::TcpListener};
use poem_mcpserver::{McpServer, Tools, content::Text, streamable_http};

struct Target;

/// A server to judge.
#[Tools]
impl Target {
    /// Answers with the message
    async fn echo(&self, message: String) -> Text<String> {
        Text(message)
    }

    /// Answers after the given time
    async fn sleep(&self, milliseconds: u64) -> Text<String> {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        Text(format!("slept {milliseconds} ms"))
    }
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let port = std::env::var("MCP_PORT").expect("MCP_PORT");
    let app = Route::new()
        .at("/mcp", streamable_http::endpoint(|_| McpServer::new().tools(Target)))
        .boxed();
    Server::new(TcpListener::bind(format!("127.0.0.1:{port}"))).run(app).await
}
