//! The actix peer (actix-web with actix-ws): `/echo` answers each text or binary message, `/chat` tells every text
//! to everyone. Code as in the guide of actix-ws, one worker; nothing here is tuned beyond TCP_NODELAY.

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, get, rt, web};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, MessageStream, Session};
use bytestring::ByteString;
use tokio::sync::broadcast::{self, error::RecvError};

/// More than the load generator ever has in flight: what is measured is delivery, not lag.
const CAPACITY: usize = 16 * 1024;

/// Above the largest message that the load generator sends; the default is exactly 64 KiB.
const MAX_FRAME: usize = 1024 * 1024;

type Chat = broadcast::Sender<ByteString>;

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let chat = web::Data::new(Chat::new(CAPACITY));
    HttpServer::new(move || App::new().app_data(chat.clone()).service(echo).service(join))
        .workers(1)
        .tcp_nodelay(true)
        .bind(("127.0.0.1", port()))?
        .run()
        .await
}

/// The number after `--port`.
fn port() -> u16 {
    let port = std::env::args().skip_while(|word| word != "--port").nth(1);
    port.and_then(|word| word.parse().ok()).expect("--port PORT")
}

#[get("/echo")]
async fn echo(request: HttpRequest, body: web::Payload) -> actix_web::Result<HttpResponse> {
    let (response, session, stream) = actix_ws::handle(&request, body)?;
    rt::spawn(answer(session, whole_messages(stream)));
    Ok(response)
}

#[get("/chat")]
async fn join(request: HttpRequest, body: web::Payload, chat: web::Data<Chat>) -> actix_web::Result<HttpResponse> {
    let (response, session, stream) = actix_ws::handle(&request, body)?;
    rt::spawn(hear(session.clone(), chat.subscribe()));
    rt::spawn(talk(session, whole_messages(stream), chat));
    Ok(response)
}

fn whole_messages(stream: MessageStream) -> AggregatedMessageStream {
    stream.max_frame_size(MAX_FRAME).aggregate_continuations()
}

async fn answer(mut session: Session, mut stream: AggregatedMessageStream) {
    while let Some(Ok(message)) = stream.recv().await {
        let sent = match message {
            AggregatedMessage::Text(text) => session.text(text).await,
            AggregatedMessage::Binary(data) => session.binary(data).await,
            AggregatedMessage::Ping(data) => session.pong(&data).await,
            AggregatedMessage::Pong(_) => Ok(()),
            AggregatedMessage::Close(_) => break,
        };
        if sent.is_err() {
            return;
        }
    }
    let _ = session.close(None).await;
}

async fn hear(mut session: Session, mut updates: broadcast::Receiver<ByteString>) {
    loop {
        let open = match updates.recv().await {
            Ok(text) => session.text(text).await.is_ok(),
            Err(RecvError::Lagged(_)) => true,
            Err(RecvError::Closed) => false,
        };
        if !open {
            return;
        }
    }
}

async fn talk(mut session: Session, mut stream: AggregatedMessageStream, chat: web::Data<Chat>) {
    while let Some(Ok(message)) = stream.recv().await {
        match message {
            AggregatedMessage::Text(text) => drop(chat.send(text)),
            AggregatedMessage::Ping(data) if session.pong(&data).await.is_err() => break,
            AggregatedMessage::Close(_) => break,
            _ => {}
        }
    }
    let _ = session.close(None).await;
}
