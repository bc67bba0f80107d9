"""The peer as such code is usually written: each recipe is the one of its library's documentation."""

import hashlib
import os
import time
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
import redis.asyncio
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from jose import JWTError, jwt
from pydantic import BaseModel
from slowapi import Limiter, _rate_limit_exceeded_handler
from slowapi.errors import RateLimitExceeded
from sqlalchemy import ForeignKey, func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

DATABASE_URL, REDIS_URL = os.environ["DATABASE_URL"], os.environ["REDIS_URL"]  # noqa: TID251
JWT_SECRET = os.environ["JWT_SECRET"]  # noqa: TID251
HOUR, DAY = "100000000/hour", "1000000000/day"  # limits that nobody reaches

engine = create_async_engine(DATABASE_URL, pool_size=20, max_overflow=10)
new_session = async_sessionmaker(engine, expire_on_commit=False)
cache = redis.asyncio.Redis.from_url(REDIS_URL)


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str]
    hashed_password: Mapped[str]
    full_name: Mapped[str]
    tier: Mapped[str]
    is_active: Mapped[bool]
    created_at: Mapped[datetime]


class UsageLog(Base):
    __tablename__ = "usage_logs"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.gen_random_uuid())
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    endpoint: Mapped[str]
    method: Mapped[str]
    status_code: Mapped[int]
    response_time_ms: Mapped[float]


class Question(BaseModel):
    query: str
    max_results: int = 20


async def session() -> AsyncIterator[AsyncSession]:
    async with new_session() as opened:
        yield opened


Database = Annotated[AsyncSession, Depends(session)]
Credentials = Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]


async def current_user(request: Request, credentials: Credentials, database: Database) -> User:
    try:
        claims = jwt.decode(credentials.credentials, JWT_SECRET, algorithms=["HS256"])
    except JWTError:
        raise HTTPException(401, "Could not validate credentials") from None
    user = await database.scalar(select(User).where(User.id == UUID(claims["sub"])))
    if user is None or not user.is_active:
        raise HTTPException(401, "Could not validate credentials")
    request.state.user = user
    return user


def by_user(request: Request) -> str:
    return str(request.state.user.id)


limiter = Limiter(
    key_func=by_user,
    storage_uri=REDIS_URL.replace("unix://", "redis+unix://"),
    headers_enabled=True,
)
app = FastAPI()
app.state.limiter = limiter
app.add_exception_handler(RateLimitExceeded, _rate_limit_exceeded_handler)


@app.post("/api/v2/agents/search")
@limiter.limit(HOUR)
@limiter.limit(DAY)
async def search(
    request: Request,
    response: Response,
    question: Question,
    user: Annotated[User, Depends(current_user)],
    database: Database,
) -> dict[str, Any]:
    started = time.perf_counter()
    digest = hashlib.sha256(question.model_dump_json().encode()).hexdigest()
    cached = await cache.get(f"geo:query:{digest}")
    if cached is None:
        raise HTTPException(404, "The bench asks only what is cached")
    database.add(
        UsageLog(
            user_id=user.id,
            endpoint=request.url.path,
            method=request.method,
            status_code=200,
            response_time_ms=(time.perf_counter() - started) * 1000,
        )
    )
    await database.commit()
    answer: dict[str, Any] = orjson.loads(cached)
    return answer
