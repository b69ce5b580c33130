from mcp_session_conformance import main

main()
