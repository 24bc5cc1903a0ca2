//! The axum peer: `/echo` answers each text or binary message, `/chat` tells every text to everyone.
//! Code as in axum's own websocket and chat guides, on one thread; nothing here is tuned beyond TCP_NODELAY.

use axum::{
    Router,
    extract::{
        State,
        ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade},
    },
    response::Response,
    routing::any,
    serve::ListenerExt,
};
use futures_util::{SinkExt, StreamExt, stream::SplitSink, stream::SplitStream};
use tokio::{
    net::TcpListener,
    sync::broadcast::{self, error::RecvError},
};

/// More than the load generator ever has in flight: what is measured is delivery, not lag.
const CAPACITY: usize = 16 * 1024;

type Chat = broadcast::Sender<Utf8Bytes>;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let app = Router::new()
        .route("/echo", any(async |upgrade: WebSocketUpgrade| upgrade.on_upgrade(echo)))
        .route("/chat", any(join))
        .with_state(Chat::new(CAPACITY));
    let listener = TcpListener::bind(("127.0.0.1", port())).await.expect("a free port");
    let listener = listener.tap_io(|stream| stream.set_nodelay(true).expect("TCP_NODELAY"));
    axum::serve(listener, app).await.expect("a server");
}

/// The number after `--port`.
fn port() -> u16 {
    let port = std::env::args().skip_while(|word| word != "--port").nth(1);
    port.and_then(|word| word.parse().ok()).expect("--port PORT")
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        let ended = match message {
            Message::Text(_) | Message::Binary(_) => socket.send(message).await.is_err(),
            Message::Close(_) => true,
            Message::Ping(_) | Message::Pong(_) => false,
        };
        if ended {
            return;
        }
    }
}

async fn join(upgrade: WebSocketUpgrade, State(chat): State<Chat>) -> Response {
    upgrade.on_upgrade(|socket| converse(socket, chat))
}

async fn converse(socket: WebSocket, chat: Chat) {
    let (sender, receiver) = socket.split();
    let mut hearing = tokio::spawn(hear(sender, chat.subscribe()));
    let mut talking = tokio::spawn(talk(receiver, chat));
    tokio::select! {
        _ = &mut hearing => talking.abort(),
        _ = &mut talking => hearing.abort(),
    }
}

async fn hear(mut sender: SplitSink<WebSocket, Message>, mut updates: broadcast::Receiver<Utf8Bytes>) {
    loop {
        let open = match updates.recv().await {
            Ok(text) => sender.send(Message::Text(text)).await.is_ok(),
            Err(RecvError::Lagged(_)) => true,
            Err(RecvError::Closed) => false,
        };
        if !open {
            return;
        }
    }
}

async fn talk(mut receiver: SplitStream<WebSocket>, chat: Chat) {
    while let Some(Ok(message)) = receiver.next().await {
        match message {
            Message::Text(text) => drop(chat.send(text)),
            Message::Close(_) => return,
            _ => {}
        }
    }
}
